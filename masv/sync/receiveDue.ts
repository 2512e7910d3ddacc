import type { MasvClient } from '../client';
import type { ReceiveResult } from '../download/receivePackage';
import { MasvError, throwIfCancelled } from '../errors';
import { fetchPackage } from '../packages/find';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import { keepPendingMs } from '../watch/created/limits';
import type { LedgerBook } from './ledgerBook';
import type { LedgerPackage } from './ledgerPackages';
import type { FailedPackage, GonePackage, ReceivedNew, ReceiveNewRequest } from './receiveNewRequest';

/**
 * Receives a package that is due, and enters it. A failure is returned: it does not stop the other packages.
 * @param known the package, if it was listed in this run
 * @returns `missing` if MASV still does not have it, which was told before
 * @throws MasvCancelledError; MasvError `delivery_taken_over`
 */
export async function receiveDue(
	client: MasvClient,
	request: ReceiveNewRequest,
	book: LedgerBook,
	due: LedgerPackage,
	known: MasvPackage | undefined,
	warn: (text: string) => void,
): Promise<ReceivedNew | FailedPackage | GonePackage | 'missing'> {
	const { id, name } = due;
	let received: ReceiveResult;
	try {
		await book.check();
		// What a list tells may be old by now, and lacks some details.
		const { policy = fifteenMinutesOfOutage } = request;
		const found = await fetchPackage(client, id, policy, known);
		// One that was received, but could not be reported, is not said to be lost.
		if ((found.state === 'expired' || found.state === 'archived') && due.state === 'due') {
			warn(`Package ${id} ("${name}") is ${found.state}, and was not received.`);
			await book.write({ kind: 'gone', package: id, at: client.clock.now() });
			return { id, name, reason: found.state };
		}
		received = await request.receive({ kind: 'package', packageId: id, found }, due.state === 'received');
	} catch (error) {
		throwIfCancelled(client.signal);
		// Another run may be at work, which receives this package.
		await book.check();
		if (due.state === 'due' && isMissing(error)) return await enterMissing(client, book, due, warn);
		if (!due.hasFailed) await book.write({ kind: 'failed', package: id, at: client.clock.now() });
		return { id, name, error };
	}
	const { package: of, folder, files, skipped, bytes } = received;
	const there = skipped.filter(({ reason }) => reason === 'same').length;
	const receipt = { package: id, at: client.clock.now(), run: request.run, folder, files: files.length + there, bytes };
	await book.write({ kind: 'received', ...receipt }, { durable: true });
	const portal = typeof due.portal === 'string' ? due.portal : null;
	return {
		...received,
		package: of,
		portal_id: portal,
		created_at: new Date(due.created).toISOString(),
	};
}

function isMissing(error: unknown): boolean {
	return error instanceof MasvError && error.code === 'package_not_found';
}

/**
 * The package was deleted, or this key has lost its access, perhaps for a while: nothing tells one from the other. So it is told at
 * once, and looked for in later runs without a word.
 */
async function enterMissing(
	client: MasvClient,
	book: LedgerBook,
	{ id, name, missing }: LedgerPackage,
	warn: (text: string) => void,
): Promise<GonePackage | 'missing'> {
	const at = client.clock.now();
	if (missing !== undefined && at - missing.since > keepPendingMs) await book.write({ kind: 'gone', package: id, at });
	else await book.write({ kind: 'failed', package: id, at, missing: true });
	if (missing !== undefined) return 'missing';
	warn(`Package ${id} ("${name}") is not in MASV any more, and was not received.`);
	return { id, name, reason: 'not_found' };
}
