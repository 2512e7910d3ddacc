import type { z } from 'zod';
import type { RetryPolicy } from './retry';

/** Which secret goes with a call. `accessCode` is that of a portal. */
export type Authorization =
	{ kind: 'apiKey' } | { kind: 'package'; token: string } | { kind: 'portal'; accessCode: string | undefined };

export type QueryValue = string | number | boolean | readonly string[] | undefined;

export interface ApiCall<T> {
	/** As people say it: "create the package". Stands in every error. */
	operation: string;
	method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** Version included, every value escaped: build it with the `path` tag. */
	path: string;
	query?: Record<string, QueryValue>;
	body?: unknown;
	authorization?: Authorization;
	/** Decodes the answer; an empty one only if it takes undefined. Absent: the answer is not looked at. */
	schema?: z.ZodType<T>;
	/**
	 * For routes documented to answer 204. Another 2xx may come from something in between and proves nothing: it counts as
	 * a lost answer, and `recoverResult` decides.
	 */
	expectNoContent?: boolean;
	policy?: RetryPolicy;
	/**
	 * For calls that create something: asked before such a call is repeated after a lost answer. Whatever it returns other
	 * than undefined is taken as the result; it may also throw.
	 */
	recoverResult?: (lost: unknown) => Promise<T | undefined>;
}

/** `?a=1&b=x%2Cy`: lists joined with a comma, because MASV ignores repeated keys; undefined and empty lists left out. */
export function toQuery(query: Record<string, QueryValue> = {}): string {
	const pairs: string[] = [];
	for (const [name, value] of Object.entries(query)) {
		if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
		pairs.push(
			`${encodeURIComponent(name)}=${encodeURIComponent(Array.isArray(value) ? value.join(',') : String(value))}`,
		);
	}
	return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
