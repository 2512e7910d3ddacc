import { isRejection } from '../answers';
import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { createLink, disableLink } from '../links';
import type { RetryPolicy } from '../retry';
import { fiveSecondsOfOutage } from '../retry';
import type { FoundLink } from '../schemas';
import { cleanUpClient } from '../transfer/cleanUp';
import type { JournalRecord } from '../transfer/journal';
import type { LinkLine } from './linkNotes';
import { readLinksLeft } from './linkNotes';
import { lookUpRenewable } from './sharedPackage';

/** Direct links that are made for one run. Each is noted before it is created and before it is used, so that none is forgotten. */
export interface RunLinks {
	/** Disables what earlier runs have left. Never throws. */
	disableLeft(): Promise<void>;
	/** Creates a link and looks it up. */
	open(): Promise<FoundLink>;
	/** Disables what this run has created, even after it was canceled. Never throws. @returns what the user should know */
	end(): Promise<string[]>;
}

export function createRunLinks(
	client: MasvClient,
	about: { packageId: string; token: string; record: JournalRecord | undefined; policy?: RetryPolicy },
): RunLinks {
	const { packageId, token, record, policy } = about;
	const active = new Set<string>();
	const warnings: string[] = [];
	const note = async (line: LinkLine): Promise<void> => await record?.append(line, { durable: true });
	const disable = async (link: string): Promise<void> => {
		try {
			if (!(await disableLink(cleanUpClient(client), link, token, fiveSecondsOfOutage))) {
				warnings.push(
					`The direct link ${link} does not exist in MASV, or this server cannot disable links. Check it in MASV.`,
				);
			}
			active.delete(link);
			await note({ kind: 'unlinked', link });
		} catch (error) {
			const reason = error instanceof Error ? error.message : String(error);
			warnings.push(`The direct link ${link} could not be disabled: ${reason}`);
		}
	};
	return {
		disableLeft: async () => {
			const { links, unknown } = readLinksLeft(record?.lines ?? []);
			for (const link of links) await disable(link);
			if (unknown > 0) warnings.push(lostWarning(packageId));
		},
		open: async () => {
			const attempt = client.hashing.randomHex(8);
			// Links inherit the password of the package, which MASV does not tell: docs/masv-api.md#creating-a-link
			const password = client.hashing.randomHex(16);
			await note({ kind: 'linking', attempt });
			let isOneLost = false;
			const created = await createLink(client, packageId, { password }, policy, () => (isOneLost = true)).catch(
				async (error: unknown) => {
					if (!isOneLost && isRejection(error)) await note({ kind: 'notLinked', attempt });
					throw error;
				},
			);
			if (isOneLost) warnings.push(lostWarning(packageId));
			const { id: linkId, download_secret: secret } = created;
			active.add(linkId);
			await note({ kind: 'linked', attempt, link: linkId });
			if (secret === undefined) {
				throw new MasvError('MASV returned no secret for the direct link, so it cannot be used', {
					code: 'link_rejected',
				});
			}
			return await lookUpRenewable(client, { linkId, secret, password }, policy);
		},
		end: async () => {
			for (const link of active) await disable(link);
			return warnings;
		},
	};
}

function lostWarning(packageId: string): string {
	return `A direct link to package ${packageId} may have been created whose ID is unknown. Its secret was not received, so it cannot be used, and it expires with the package.`;
}
