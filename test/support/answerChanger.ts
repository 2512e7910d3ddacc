import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A response of MASV: its status and its body. */
export interface Answer {
	status: number;
	body: string;
}

export interface AnswerChanger {
	/** The base URL for the client. */
	url: string;
	/** The kind of each request so far; see {@link routeOf}. */
	seen: string[];
	close(): Promise<void>;
}

export interface Changes {
	/** The kind of request whose responses are changed. */
	route: string;
	apply: (answer: Answer) => Answer;
	/** After these, every connection is closed. */
	maxRequests: number;
}

/** `GET /v1/tags/{id}`: a request without its query and IDs. */
function routeOf(method: string, url: string): string {
	const place = url.split('?')[0] ?? '';
	const parts = place.split('/').map((part) => (/\d/.test(part) && !/^v\d/.test(part) ? '{id}' : part));
	return `${method} ${parts.join('/')}`;
}

/** A server between the client and the sandbox that changes responses. What is requested still happens in the sandbox. */
export async function startAnswerChanger(
	target: string,
	{ route, apply, maxRequests }: Changes,
): Promise<AnswerChanger> {
	const seen: string[] = [];
	const server = createServer((incoming, outgoing) => {
		const { method = 'GET', url = '/', headers } = incoming;
		const kind = routeOf(method, url);
		seen.push(kind);
		if (seen.length > maxRequests) return void outgoing.destroy();
		const forwarded = send(new URL(url, target), { method, headers: { ...headers, host: new URL(target).host } });
		forwarded.on('error', () => outgoing.destroy());
		forwarded.on('response', (response) => {
			const pieces: Buffer[] = [];
			response.on('data', (piece: Buffer) => pieces.push(piece));
			response.on('end', () => {
				const answer: Answer = { status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() };
				const { status, body } = kind === route ? apply(answer) : answer;
				outgoing.writeHead(status, { 'content-type': body.startsWith('<') ? 'text/html' : 'application/json' });
				outgoing.end(status === 204 ? undefined : body);
			});
		});
		incoming.pipe(forwarded);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		seen,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
