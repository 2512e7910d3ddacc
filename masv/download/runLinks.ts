import { isRejection } from '../answers';
import type { MasvClient } from '../client';
import { MasvError } from '../errors';
import { createLink, disableLink } from '../links';
import type { RetryPolicy } from '../retry';
import { fiveSecondsOfOutage } from '../retry';
import type { FoundLink } from '../schemas';
import { cleanUpClient } from '../transfer/cleanUp';
import { mapParallel } from '../workers';
import type { LinkLine } from './linkNotes';
import { readLinksLeft } from './linkNotes';
import type { LinkBooks, LinkRecord } from './linkRecord';
import { findLinkRecords, takeLinkRecord } from './linkRecord';
import { lookUpRenewable } from './sharedPackage';

/** Direct links that are made for one run. Each is noted before it is created and before it is used, so that none is forgotten. */
export interface RunLinks {
	/** Creates a link and looks it up. */
	open(): Promise<FoundLink>;
	/**
	 * Disables what this run has created, even after it was canceled, and waits until what killed runs have left is disabled.
	 * Never throws. @returns what the user should know
	 */
	end(): Promise<string[]>;
}

/** Each is watched for half a minute, see `lease.ts`. */
const recordsAtOnce = 16;

/** Begins to disable what killed runs have left, which takes as long as it takes to see that they are dead. */
export function createRunLinks(
	client: MasvClient,
	about: { packageId: string; token: string; books: LinkBooks; policy: RetryPolicy },
): RunLinks {
	const { packageId, token, books, policy } = about;
	const active = new Set<string>();
	const warnings: string[] = [];
	let own: Promise<LinkRecord | undefined> | undefined;
	/** Whether it is not known what became of a request of this run. The next run says so, because this one fails. */
	let isUncertain = false;
	const note = async (line: LinkLine): Promise<void> => await (await own)?.record.append(line, { durable: true });
	/** @returns whether no later run can do more about it */
	const disable = async (link: string): Promise<boolean> => {
		try {
			if (await disableLink(cleanUpClient(client), link, token, fiveSecondsOfOutage)) return true;
			warnings.push(
				`The direct link ${link} does not exist in MASV, or this server cannot disable links. Check it in MASV.`,
			);
			return true;
		} catch (error) {
			warnings.push(`The direct link ${link} could not be disabled: ${reasonOf(error)}`);
			return false;
		}
	};
	/** What cannot be disabled stays noted. */
	const endRecord = async (taken: LinkRecord | undefined, links: Iterable<string>, isKept = false): Promise<void> => {
		let isDone = !isKept;
		for (const link of links) {
			if (!(await disable(link))) isDone = false;
			else await taken?.record.append({ kind: 'unlinked', link } satisfies LinkLine);
		}
		await taken?.end(isDone);
	};
	const disableLeft = async (): Promise<void> => {
		const runs = await findLinkRecords(client, books, packageId);
		await mapParallel(
			runs,
			recordsAtOnce,
			async (run) => {
				const taken = await takeLinkRecord(client, books, packageId, run);
				const { links, unknown } = readLinksLeft(taken?.record.lines ?? []);
				if (unknown > 0) warnings.push(lostWarning(packageId));
				await endRecord(taken, links);
			},
			client.signal,
		);
	};
	/** Bookkeeping never fails a download. */
	const quietly = async (what: string, work: Promise<void>): Promise<void> => {
		await work.catch((error: unknown) => {
			if (client.signal?.aborted !== true) warnings.push(`${what}: ${reasonOf(error)}`);
		});
	};
	const disablingLeft = quietly('Direct links of earlier runs could not be looked for', disableLeft());
	return {
		open: async () => {
			own ??= takeLinkRecord(client, books, packageId, client.hashing.randomHex(16));
			const attempt = client.hashing.randomHex(8);
			// Links inherit the password of the package, which MASV does not tell: docs/masv-api.md#creating-a-link
			const password = client.hashing.randomHex(16);
			await note({ kind: 'linking', attempt });
			let isOneLost = false;
			const created = await createLink(client, packageId, { password }, policy, () => (isOneLost = true)).catch(
				async (error: unknown) => {
					if (!isOneLost && isRejection(error)) await note({ kind: 'notLinked', attempt });
					else isUncertain = true;
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
			const ending = (async () => await endRecord(await own, active, isUncertain))();
			await Promise.all([quietly('The notes about direct links could not be removed', ending), disablingLeft]);
			return warnings;
		},
	};
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

function lostWarning(packageId: string): string {
	return `A direct link to package ${packageId} may have been created whose ID is unknown. Its secret was not received, so it cannot be used, and it expires with the package.`;
}
