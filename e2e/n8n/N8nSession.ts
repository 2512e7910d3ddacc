import { randomUUID } from 'node:crypto';

/** Who owns every n8n that is started here. It listens on the loopback interface only. */
export const owner = {
	email: 'owner@example.com',
	password: 'Passw0rd-e2e',
	firstName: 'E2E',
	lastName: 'Owner',
};

/** n8n answered with another status than 2xx. */
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

/**
 * n8n's REST API as its editor uses it: a session in a cookie, bound to one browser id.
 *
 * What it does is what a user does in the editor. It was written for the pinned n8n: this API is not a public one.
 */
export class N8nSession {
	readonly url: string;
	private cookie = '';
	private readonly browserId = randomUUID();

	/** @param url `http://host:port` of a running n8n */
	constructor(url: string) {
		this.url = url;
	}

	/** Any request of the session; the path begins with `/`. The answer is not looked at. */
	async fetch(method: string, path: string, body?: unknown): Promise<Response> {
		const headers: Record<string, string> = { 'browser-id': this.browserId };
		if (this.cookie !== '') headers.cookie = this.cookie;
		if (body !== undefined) headers['content-type'] = 'application/json';
		const response = await fetch(this.url + path, {
			method,
			headers,
			body: body === undefined ? null : JSON.stringify(body),
		});
		for (const cookie of response.headers.getSetCookie()) {
			if (cookie.startsWith('n8n-auth=')) this.cookie = cookie.split(';', 1)[0] ?? '';
		}
		return response;
	}

	/** The text of an answer of `/rest`. @throws N8nError */
	async text(method: string, path: string, body?: unknown): Promise<string> {
		const response = await this.fetch(method, `/rest${path}`, body);
		const text = await response.text();
		if (!response.ok) throw new N8nError(`${method} /rest${path}`, response.status, text);
		return text;
	}

	/** The `data` of an answer of `/rest`. @throws N8nError */
	async request<T>(method: string, path: string, body?: unknown): Promise<T> {
		return unwrap<T>(await this.text(method, path, body));
	}

	/** Makes the owner of a fresh n8n, logs in otherwise. */
	async login(): Promise<void> {
		const settings = await this.request<{ userManagement: { showSetupOnFirstLoad: boolean } }>('GET', '/settings');
		if (settings.userManagement.showSetupOnFirstLoad) await this.request('POST', '/owner/setup', owner);
		else await this.request('POST', '/login', { emailOrLdapLoginId: owner.email, password: owner.password });
	}
}

/** The `data` of an answer of `/rest`, if it has one. */
export function unwrap<T>(text: string): T {
	const answer = text === '' ? {} : (JSON.parse(text) as object);
	return ('data' in answer ? answer.data : answer) as T;
}
