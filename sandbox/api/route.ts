import type { z } from 'zod';
import type { ApiStep } from '../http/steps.ts';
import type { Context } from '../model/context.ts';
import type { Package } from '../model/state.ts';
import type { PackageToken, TokenLevel } from '../model/tokens.ts';

/** An authorized and decoded request. */
export interface Call<Body> extends Context {
	params: Record<string, string>;
	query: URLSearchParams;
	headers: Record<string, string | string[] | undefined>;
	body: Body;
	/** Time of the request, in ms since the epoch. */
	nowMs: number;
}

export interface PackageCall<Body> extends Call<Body> {
	/** The package the token belongs to; it exists. */
	package: Package;
	token: PackageToken;
}

/** `json` undefined = no body. */
export interface Reply {
	status: number;
	json?: unknown;
}

/**
 * Who may call a route:
 * - `key`: callers with the API key in X-API-KEY; a `{team}` in the path must be its team
 * - `package`: callers with an X-Package-Token of one of `levels` for the `{package}` in the path
 * - `link`: callers with an X-Package-Token of level `f` for the package of the `{link}` in the path
 * - `none`: everybody
 */
type Access = { kind: 'key' } | { kind: 'none' } | { kind: 'package'; levels: TokenLevel[] } | { kind: 'link' };

export interface Route {
	step: ApiStep;
	method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	path: string;
	access: Access;
	/** False for routes that only MASV's own code uses; see `SandboxOptions.onlyDocumented`. */
	documented: boolean;
	body: z.ZodType | undefined;
	handle: (call: PackageCall<never>) => Reply | Promise<Reply>;
}

interface Definition<Body, GivenCall> {
	step: ApiStep;
	/** "METHOD /path/{name}" */
	at: `${Route['method']} /${string}`;
	documented?: boolean;
	/** Absent = a body is neither required nor decoded. */
	body?: z.ZodType<Body>;
	handle: (call: GivenCall) => Reply | Promise<Reply>;
}

/** A route that requires the API key. */
export function keyRoute<Body = undefined>(definition: Definition<Body, Call<Body>>): Route {
	return toRoute(definition, { kind: 'key' });
}

/** A route without authorization. */
export function openRoute<Body = undefined>(definition: Definition<Body, Call<Body>>): Route {
	return toRoute(definition, { kind: 'none' });
}

/** A route that requires a token of level `f` of the package in the path. */
export function packageRoute<Body = undefined>(definition: Definition<Body, PackageCall<Body>>): Route {
	return toRoute(definition, { kind: 'package', levels: ['f'] });
}

/** A route that requires any token of the package in the path. */
export function anyTokenRoute<Body = undefined>(definition: Definition<Body, PackageCall<Body>>): Route {
	return toRoute(definition, { kind: 'package', levels: ['f', 'd'] });
}

/** A route under /v1/links/{link} that requires a token of level `f` of the link's package. */
export function linkRoute<Body = undefined>(definition: Definition<Body, PackageCall<Body>>): Route {
	return toRoute(definition, { kind: 'link' });
}

function toRoute<Body, GivenCall>(definition: Definition<Body, GivenCall>, access: Access): Route {
	const space = definition.at.indexOf(' ');
	return {
		step: definition.step,
		method: definition.at.slice(0, space) as Route['method'],
		path: definition.at.slice(space + 1),
		access,
		documented: definition.documented ?? true,
		body: definition.body,
		handle: definition.handle as Route['handle'],
	};
}

export interface FoundRoute {
	route: Route;
	params: Record<string, string>;
}

/** Finds the routes of a path, whatever their method. `//` does not match `/`. */
export class Router {
	readonly #routes: { route: Route; pattern: RegExp }[];

	constructor(routes: Route[]) {
		this.#routes = routes.map((route) => ({
			route,
			pattern: new RegExp(`^${route.path.replace(/\./g, '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
		}));
	}

	find(path: string): FoundRoute[] {
		return this.#routes.flatMap(({ route, pattern }) => {
			const match = pattern.exec(path);
			return match === null ? [] : [{ route, params: { ...match.groups } }];
		});
	}
}
