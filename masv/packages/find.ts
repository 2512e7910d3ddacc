import type { MasvClient } from '../client';
import { MasvInputError } from '../errors';
import { path } from '../path';
import type { RetryPolicy } from '../retry';
import type { MasvPackage } from '../schemas';
import { packageSchema, packageStates } from '../schemas';
import { isRefusedRoute } from '../answers';
import { undefinedIf } from '../undefinedIf';
import { readSentPackages } from './lists';
import { readReceivedByPortal } from './received';

/** Remembers a token for this run, and how to look it up again when it has expired. */
export function rememberToken(client: MasvClient, packageId: string, token: string | undefined): void {
	if (token === undefined) return;
	client.tokens.set(
		packageId,
		token,
		async ({ signal, policy }) => (await fetchPackage(client.withSignal(signal), packageId, policy)).access_token,
	);
	client.secrets.add(token);
}

/**
 * One package by its ID, sent or received: docs/masv-api.md#one-package-by-id. The route is not in MASV's documentation,
 * so the documented lists are searched when it is missing: the team's, then each portal's.
 * @param listed the package as a list has it, if the caller has read one: then none is searched
 * @throws MasvInputError if no list contains the package
 */
export async function fetchPackage(
	client: MasvClient,
	packageId: string,
	policy?: RetryPolicy,
	listed?: MasvPackage,
): Promise<MasvPackage> {
	let refusal: unknown;
	let found: MasvPackage | undefined;
	try {
		found = await client.call({
			operation: 'get the package',
			method: 'GET',
			path: path`/v1.1/teams/${client.teamId}/packages/${packageId}`,
			schema: packageSchema,
			policy,
		});
		rememberToken(client, packageId, found.access_token);
		if (found.access_token !== undefined) return found;
	} catch (error) {
		if (!isRefusedRoute(error)) throw error;
		refusal = error;
	}
	if (listed?.access_token !== undefined) {
		rememberToken(client, packageId, listed.access_token);
		return listed;
	}
	for await (const each of readAllPackages(client, policy)) {
		if (each.id !== packageId) continue;
		rememberToken(client, packageId, each.access_token);
		return each;
	}
	if (found !== undefined) return found;
	throw new MasvInputError(`There is no package ${packageId} in team ${client.teamId}`, {
		code: 'package_not_found',
		field: 'package',
		cause: refusal,
	});
}

/** The same; undefined if no list contains the package, or without an account. It may be in the portal of another team. */
export async function findPackage(
	client: MasvClient,
	packageId: string,
	policy?: RetryPolicy,
): Promise<MasvPackage | undefined> {
	if (!client.hasAccount) return undefined;
	return await undefinedIf((error) => error instanceof MasvInputError, fetchPackage(client, packageId, policy));
}

/** Every package of the team, sent and received, in all states; sent ones newest first. */
async function* readAllPackages(client: MasvClient, policy?: RetryPolicy): AsyncGenerator<MasvPackage> {
	yield* readSentPackages(client, { status: packageStates, sort: '-created_at' }, policy);
	yield* readReceivedByPortal(client, policy);
}

/** The package token: docs/masv-api.md#package-tokens. Looked up once per run. */
export async function fetchPackageToken(client: MasvClient, packageId: string, policy?: RetryPolicy): Promise<string> {
	const known = client.tokens.get(packageId);
	if (known !== undefined) return known;
	const { access_token: token } = await fetchPackage(client, packageId, policy);
	if (token !== undefined) return token;
	throw new MasvInputError(`MASV does not give access to package ${packageId}`, {
		code: 'package_not_accessible',
		field: 'package',
		hint: 'The user of the API key must be allowed to manage this package.',
	});
}
