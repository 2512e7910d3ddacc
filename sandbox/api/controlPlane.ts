import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Answer } from '../http/answer.ts';
import type { Target } from '../http/faults.ts';
import type { Incoming } from '../http/plane.ts';
import type { Context } from '../model/context.ts';
import { ApiFailure, badRequest, forbidden, invalidBody, notFound, unauthorized } from '../model/errors.ts';
import { lastPartOf } from '../model/lastPart.ts';
import { expireOverdue } from '../model/packageLife.ts';
import { readToken, type PackageToken, type TokenLevel } from '../model/tokens.ts';
import { type FoundRoute, type PackageCall, type Reply, type Route, Router } from './route.ts';

/** The request that finalizes a file of 10,000 parts is about 1 MB. */
const maxBodyBytes = 10 * 1024 * 1024;

/** MASV's REST API: finds the route, checks authorization and body, and turns errors into MASV's error body. */
export class ControlPlane {
	readonly #context: Context;
	readonly #router: Router;

	constructor(context: Context, routes: Route[]) {
		this.#context = context;
		this.#router = new Router(routes.filter((route) => route.documented || !context.onlyDocumented));
	}

	identify(request: IncomingMessage): Target | undefined {
		const { path, query } = splitUrl(request);
		const found = this.#router.find(path).find(({ route }) => route.method === request.method);
		if (found === undefined) return undefined;
		const { step } = found.route;
		if (step !== 'partUrls') return { step };
		const first = Number(query.get('start')) + 1;
		const file = this.#context.state.files.get(found.params.file ?? '');
		return {
			step,
			parts: { first, last: first + Number(query.get('count')) - 1 },
			lastPart: file === undefined ? undefined : lastPartOf(this.#context.state, file),
		};
	}

	async handle(incoming: Incoming): Promise<Answer> {
		try {
			return toAnswer(await this.#carryOut(incoming));
		} catch (error) {
			if (error instanceof ApiFailure) return toAnswer({ status: error.status, json: error.toBody() });
			if (incoming.request.destroyed && !incoming.request.complete) throw error;
			const message = `sandbox error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
			return toAnswer({ status: 500, json: { code: 500, message } });
		}
	}

	async #carryOut(incoming: Incoming): Promise<Reply> {
		const { request } = incoming;
		const { path, query } = splitUrl(request);
		const text = await readBody(incoming);
		const { route, params } = chooseRoute(this.#router.find(path), request.method ?? '');
		requireJson(request);
		await expireOverdue(this.#context);
		const access = this.#authorize(route, params, request);
		const body = decodeBody(route, text);
		const call = { ...this.#context, ...access, params, query, headers: request.headers, body };
		return await route.handle({ ...call, nowMs: this.#context.now() } as unknown as PackageCall<never>);
	}

	#authorize(
		{ access }: Route,
		params: Record<string, string>,
		request: IncomingMessage,
	): Partial<Pick<PackageCall<never>, 'package' | 'token'>> {
		switch (access.kind) {
			case 'none':
				return {};
			case 'key':
				this.#checkKey(params, request);
				return {};
			case 'package':
				return this.#checkToken(params.package ?? '', access.levels, request);
			case 'link': {
				// The token is checked before the link, so that link IDs cannot be probed without one.
				const token = this.#readToken(request);
				const link = this.#context.state.links.get(params.link ?? '');
				if (link === undefined) throw notFound('link');
				return this.#checkClaims(token, link.package_id, ['f']);
			}
		}
	}

	/**
	 * Keys belong to a user of the team (MASV docs, Core concepts). Another team's ID is 403: the user is not in that
	 * team.
	 */
	#checkKey(params: Record<string, string>, request: IncomingMessage): void {
		const given = header(request, 'x-api-key');
		if (given === undefined || given === '') throw unauthorized('X-API-KEY is missing');
		const [a, b] = [Buffer.from(given), Buffer.from(this.#context.apiKey)];
		if (a.length !== b.length || !timingSafeEqual(a, b)) throw unauthorized('X-API-KEY is not valid');
		if (params.team !== undefined && params.team !== this.#context.state.teamId) {
			throw forbidden('the user of this API key is not a member of this team');
		}
	}

	#checkToken(packageId: string, levels: TokenLevel[], request: IncomingMessage) {
		return this.#checkClaims(this.#readToken(request), packageId, levels);
	}

	/**
	 * 401 for missing, invalid and expired tokens, 403 for valid ones that do not apply. The docs only say "Required:
	 * Yes".
	 */
	#readToken(request: IncomingMessage): PackageToken {
		const given = header(request, 'x-package-token');
		if (given === undefined || given === '') throw unauthorized('X-Package-Token is missing');
		const token = readToken(this.#context.tokenSecret, this.#context.now(), given);
		if (token === undefined) throw unauthorized('X-Package-Token is not valid or has expired');
		return token;
	}

	#checkClaims(token: PackageToken, packageId: string, levels: TokenLevel[]) {
		if (token.sub !== packageId) throw forbidden('X-Package-Token belongs to another package');
		if (!levels.includes(token.lvl)) throw forbidden(`X-Package-Token of level ${token.lvl} does not allow this`);
		const found = this.#context.state.packages.get(packageId);
		if (found === undefined) throw notFound('package');
		return { package: found, token };
	}
}

function chooseRoute(found: FoundRoute[], method: string): FoundRoute {
	const fitting = found.find(({ route }) => route.method === method);
	if (fitting !== undefined) return fitting;
	// Not documented: 405 if the path exists, but not with this method.
	throw found.length === 0 ? notFound('route') : new ApiFailure(405, `method ${method} not allowed`);
}

/** Required for every POST and PUT, with or without a body (MASV docs, Overview, "REST API conventions"). */
function requireJson(request: IncomingMessage): void {
	if (request.method !== 'POST' && request.method !== 'PUT') return;
	const type = (request.headers['content-type'] ?? '').split(';')[0] ?? '';
	if (type.trim().toLowerCase() !== 'application/json') {
		throw new ApiFailure(415, 'unsupported Content-Type: application/json is required');
	}
}

async function readBody({ request, record, acceptBody }: Incoming): Promise<string> {
	acceptBody();
	const chunks: Buffer[] = [];
	for await (const chunk of request as AsyncIterable<Buffer>) {
		record.bodyBytes += chunk.length;
		if (record.bodyBytes <= maxBodyBytes) chunks.push(chunk);
	}
	if (record.bodyBytes > maxBodyBytes) throw new ApiFailure(413, `the body is larger than ${maxBodyBytes} bytes`);
	const text = Buffer.concat(chunks).toString();
	if (text !== '') record.body = text;
	return text;
}

function decodeBody(route: Route, text: string): unknown {
	if (route.body === undefined) return undefined;
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		throw badRequest(text === '' ? 'a JSON body is required' : 'the body is not valid JSON');
	}
	const decoded = route.body.safeParse(json);
	if (!decoded.success) throw invalidBody(decoded.error);
	return decoded.data;
}

function splitUrl(request: IncomingMessage): { path: string; query: URLSearchParams } {
	const [path = '', ...query] = (request.url ?? '').split('?');
	return { path, query: new URLSearchParams(query.join('?')) };
}

function header(request: IncomingMessage, name: string): string | undefined {
	const value = request.headers[name];
	return Array.isArray(value) ? value[0] : value;
}

function toAnswer({ status, json }: Reply): Answer {
	if (json === undefined) return { status };
	return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) };
}
