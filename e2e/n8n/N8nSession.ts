import { randomUUID } from 'node:crypto';

/** The owner of every n8n started here. The password may be public: n8n listens on the loopback interface only. */
export const owner = {
	email: 'owner@example.com',
	password: 'Passw0rd-e2e',
	firstName: 'E2E',
	lastName: 'Owner',
};

/** n8n responded with a status other than 2xx. */
export class N8nError extends Error {
	override name = 'N8nError';
	readonly status: number;
	readonly body: string;

	constructor(request: string, status: number, body: string) {
		super(`${request}: ${status} ${body.slice(0, 500)}`);
		this.status = status;
		this.body = body;
	}
}

/** What n8n knows a logged-in browser by. */
export interface BrowserSession {
	browserId: string;
	/** `name=value`, or empty before the login. */
	cookie: string;
}

/**
 * A session of n8n's REST API, as its editor uses it: kept in a cookie and bound to one browser ID.
 *
 * The API is internal to n8n. This client is written for the pinned version.
 */
export class N8nSession {
	readonly url: string;
	readonly session: BrowserSession;

	/**
	 * @param url `http://host:port` of a running n8n
	 * @param session of a client that has logged in to this n8n. Default: a new one
	 */
	constructor(url: string, session: BrowserSession = { browserId: randomUUID(), cookie: '' }) {
		this.url = url;
		this.session = { ...session };
	}

	/** Sends any request in this session; the path starts with `/`. The status is not checked. */
	async fetch(method: string, path: string, body?: unknown): Promise<Response> {
		// Tests that hash a gigabyte stand still for longer than n8n keeps an idle connection.
		const headers: Record<string, string> = { 'browser-id': this.session.browserId, connection: 'close' };
		if (this.session.cookie !== '') headers.cookie = this.session.cookie;
		if (body !== undefined) headers['content-type'] = 'application/json';
		const response = await fetch(this.url + path, {
			method,
			headers,
			body: body === undefined ? null : JSON.stringify(body),
		});
		for (const cookie of response.headers.getSetCookie()) {
			if (cookie.startsWith('n8n-auth=')) this.session.cookie = cookie.split(';', 1)[0] ?? '';
		}
		return response;
	}

	/** Sends a request below `/rest` and returns the response as text. @throws N8nError */
	async text(method: string, path: string, body?: unknown): Promise<string> {
		const response = await this.fetch(method, `/rest${path}`, body);
		const text = await response.text();
		if (!response.ok) throw new N8nError(`${method} /rest${path}`, response.status, text);
		return text;
	}

	/** Sends a request below `/rest` and returns the `data` of the response. @throws N8nError */
	async request<T>(method: string, path: string, body?: unknown): Promise<T> {
		return unwrap<T>(await this.text(method, path, body));
	}

	/** Creates the owner account on a fresh n8n, and logs in otherwise; n8n allows five logins a minute. */
	async login(): Promise<void> {
		const settings = await this.request<{ userManagement: { showSetupOnFirstLoad: boolean } }>('GET', '/settings');
		if (settings.userManagement.showSetupOnFirstLoad) await this.request('POST', '/owner/setup', owner);
		else await this.request('POST', '/login', { emailOrLdapLoginId: owner.email, password: owner.password });
	}
}

/** The `data` of a `/rest` response, or the whole response if it has none. */
export function unwrap<T>(text: string): T {
	const answer = text === '' ? {} : (JSON.parse(text) as object);
	return ('data' in answer ? answer.data : answer) as T;
}
