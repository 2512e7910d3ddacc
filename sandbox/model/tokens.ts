import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/**
 * `f` allows managing a package (the `access_token` of a package object), `d` only listing and downloading (the
 * `package_token` returned when a link is looked up). A third level exists but is documented nowhere
 * (docs/masv-api.md#package-tokens).
 */
export type TokenLevel = 'f' | 'd';

export interface PackageToken {
	typ: 'package';
	lvl: TokenLevel;
	/** Package ID. */
	sub: string;
	/** Link ID; only in tokens issued through a link. */
	lid?: string;
	/** Seconds since the epoch. */
	exp: number;
	/** Not in MASV's samples; lets the sandbox distinguish two downloads through one link. */
	jti: string;
}

/** About seven days, inferred from samples; every response has a new token (docs/masv-api.md#package-tokens). */
const lifetimeSeconds = 7 * 24 * 3600;

/** A signed package token (JWT, HS256). */
export function mintToken(
	secret: string,
	nowMs: number,
	claims: { lvl: TokenLevel; sub: string; lid?: string },
): string {
	const exp = Math.floor(nowMs / 1000) + lifetimeSeconds;
	const payload: PackageToken = { typ: 'package', ...claims, exp, jti: randomUUID() };
	const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
	return `${head}.${sign(secret, head)}`;
}

/** The claims of a token; `undefined` if it was not signed with `secret` or has expired. */
export function readToken(secret: string, nowMs: number, token: string): PackageToken | undefined {
	const [header, payload, signature, ...rest] = token.split('.');
	if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
	const expected = Buffer.from(sign(secret, `${header}.${payload}`));
	const given = Buffer.from(signature);
	if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
	const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as PackageToken;
	return claims.exp * 1000 > nowMs ? claims : undefined;
}

function sign(secret: string, text: string): string {
	return createHmac('sha256', secret).update(text).digest('base64url');
}

function encode(value: unknown): string {
	return Buffer.from(JSON.stringify(value)).toString('base64url');
}
