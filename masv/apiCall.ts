import type { z } from 'zod';
import { escapeUrl } from './escapeUrl';
import type { RetryPolicy } from './retry';

/**
 * The secret sent with a call: docs/masv-api.md#request-headers. `accessCode` is the upload password of a portal, `password`
 * that of a link, whose secret is part of the query.
 */
export type Authorization =
	| { kind: 'apiKey' }
	| { kind: 'package'; token: string }
	| { kind: 'portal'; accessCode: string | undefined }
	| { kind: 'link'; password: string | undefined };

export type QueryValue = string | number | boolean | readonly string[] | undefined;

export interface ApiCall<T> {
	/** In plain words: "create the package". Part of every error message. */
	operation: string;
	method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** Includes the version; values must be escaped, so build it with the `path` tag. */
	path: string;
	query?: Record<string, QueryValue>;
	body?: unknown;
	authorization?: Authorization;
	/** Decodes the response; an empty one only if it accepts undefined. Absent: the body does not matter, unless it is a page. */
	schema?: z.ZodType<T>;
	/** For lists that may be long: makes one of what pieces of the list were decoded to, which are decoded one after another. */
	join?(this: void, pieces: T[]): T;
	/**
	 * For routes documented to respond with 204. Another 2xx may come from a proxy and proves nothing, so it counts as a
	 * lost response, and `recoverResult` decides.
	 */
	expectNoContent?: boolean;
	policy?: RetryPolicy;
	/**
	 * Errors that end the call at once: those after which it must not be repeated, and those that the caller waits for, because two
	 * loops, one within the other, would take hours.
	 */
	endsAt?: (error: unknown) => boolean;
	/**
	 * For calls that create something: called before such a call is repeated after a lost response. If it returns anything
	 * but undefined, that is the result of the call. It may throw.
	 */
	recoverResult?: (lost: unknown) => Promise<T | undefined> | undefined;
}

/** `?a=1&b=x%2Cy`. Lists are joined with commas (docs/masv-api.md#filters); undefined and empty lists are left out. */
export function toQuery(query: Record<string, QueryValue> = {}): string {
	const pairs: string[] = [];
	for (const [name, value] of Object.entries(query)) {
		if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
		pairs.push(`${escapeUrl(name)}=${escapeUrl(Array.isArray(value) ? value.join(',') : String(value))}`);
	}
	return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
