import type { MasvClient } from '../client';
import type { Clock } from '../clock';
import { MasvError, MasvInputError } from '../errors';
import { createGuard } from '../transfer/guard';
import type { Journal } from '../transfer/journal';
import type { Leases } from '../transfer/lease';
import { waitForLease } from '../transfer/waitForLease';
import type { Ledger } from './ledger';
import { isMeant, readLedger } from './ledger';
import { openLedger } from './ledgerBook';
import { isPackageMeant } from './ledgerPackages';

/** A ledger, by its ID. */
interface KeptLedger {
	id: string;
	/** The name of its node, if it is known. */
	node: string | undefined;
}

/** Where a ledger is, and the workflow that it must belong to. */
export interface LedgerPlace {
	ledgers: Journal;
	id: string;
	workflow: string | undefined;
}

/** All ledgers of a workflow. Only the lines are read that say whose they are: a ledger may contain millions of files. */
export async function readLedgers(
	ledgers: Journal,
	workflow: string | undefined,
	clock: Pick<Clock, 'sleep'>,
): Promise<KeptLedger[]> {
	const kept: KeptLedger[] = [];
	for (const [id, lines] of (await ledgers.readAll('', '"kind":"begun"')) ?? []) {
		const { hasBegun, workflow: owner, node } = await readLedger(lines, clock);
		if (hasBegun && owner === workflow) kept.push({ id, node });
	}
	return kept;
}

/**
 * One ledger. Those of other workflows may belong to other people.
 * @throws MasvInputError `ledger_not_found`; MasvError `ledger_not_available`
 */
export async function readKeptLedger(
	{ ledgers, id, workflow }: LedgerPlace,
	clock: Pick<Clock, 'sleep'>,
): Promise<Ledger> {
	if (!/^[0-9a-f]{40}$/.test(id)) throw notFoundError(id);
	const record = await ledgers.open(id);
	await record.close();
	if (record.hasFailed?.() === true) {
		throw new MasvError('The ledger cannot be read', { code: 'ledger_not_available' });
	}
	const ledger = await readLedger(record.lines, clock);
	if (!ledger.hasBegun || ledger.workflow !== workflow) throw notFoundError(id);
	return ledger;
}

/**
 * Makes files that were sent new again, and packages that were received due: all, one package, or what is at or below a path.
 * Waits for a run that is at work.
 * @returns how many
 */
export async function forgetSent(
	client: MasvClient,
	place: LedgerPlace & { leases?: Leases },
	what: { package?: string; path?: string },
): Promise<{ files: number; packages: number }> {
	await readKeptLedger(place, client.clock);
	const lease = place.leases && (await waitForLease(client, place.leases, place.id));
	const record = await place.ledgers.open(place.id);
	try {
		const book = await openLedger(client, record, createGuard(lease, client.clock), 0);
		const { entries, packages: found } = book.ledger;
		const files = [...entries.values()].filter((entry) => isMeant(what, entry)).length;
		const packages = [...found.values()].filter((each) => isPackageMeant(what, each)).length;
		await book.write({ kind: 'forgotten', ...what }, { durable: true });
		if (book.isComplete()) return { files, packages };
		throw new MasvError('The ledger cannot be written', { code: 'ledger_not_available' });
	} finally {
		await record.close();
		await lease?.release();
	}
}

function notFoundError(id: string): MasvInputError {
	return new MasvInputError(`This workflow has no ledger "${id}"`, {
		code: 'ledger_not_found',
		field: 'ledger',
	});
}
