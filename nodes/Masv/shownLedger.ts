import type { IDataObject } from 'n8n-workflow';

import type { Ledger, LedgerEntry } from '../../masv/sync/ledger';
import type { LedgerPackage } from '../../masv/sync/ledgerPackages';
import { modifiedAt } from './files/newFiles';

/** A ledger as people see it: what was sent or received last comes first. */
export function shownLedger(id: string, ledger: Ledger): IDataObject & Record<'sent' | 'received', IDataObject[]> {
	const entries = [...ledger.entries.values()].sort((a, b) => b.delivery.order - a.delivery.order);
	const found = [...ledger.packages.values()];
	const receipts = found.flatMap(({ state, receipt }) => (state === 'received' && receipt ? [receipt] : []));
	const sending = [...ledger.unfinished.values()].filter(({ state }) => state === 'sending');
	const sum = (sizes: number[]): number => sizes.reduce((total, size) => total + size, 0);
	return {
		id,
		node: ledger.node ?? null,
		files: entries.length + sum(receipts.map(({ files }) => files)),
		bytes: sum(entries.map(({ file }) => file.bytes)) + sum(receipts.map(({ bytes }) => bytes)),
		packages: new Set(entries.flatMap(({ delivery }) => delivery.package ?? [])).size + receipts.length,
		unfinished: sending.length + found.filter((each) => stateOf(each) === 'due').length,
		sent: entries.map(shownEntry),
		received: found.sort((a, b) => (b.receipt?.at ?? 0) - (a.receipt?.at ?? 0)).map(shownPackage),
	};
}

/** A package that is `due` is received next time, one that is `missing` if it comes back to MASV; one that is `gone` never can be. */
function stateOf({ state, missing }: LedgerPackage): LedgerPackage['state'] | 'missing' {
	return state === 'due' && missing !== undefined ? 'missing' : state;
}

function shownPackage(found: LedgerPackage): IDataObject {
	const { id, name, created, portal, receipt } = found;
	return {
		package_id: id,
		name,
		state: stateOf(found),
		portal_id: portal ?? null,
		created_at: new Date(created).toISOString(),
		received_at: receipt === undefined ? null : new Date(receipt.at).toISOString(),
		folder: receipt?.folder ?? null,
		files: receipt?.files ?? null,
		bytes: receipt?.bytes ?? null,
	};
}

/** Without a package, the file was only marked as sent. Without a sum, a file that is touched is sent again. */
function shownEntry({ file, delivery }: LedgerEntry): IDataObject {
	return {
		path: file.location,
		bytes: file.bytes,
		modified_at: modifiedAt(file).toISOString(),
		content_sum: file.sum ?? null,
		package_id: delivery.package ?? null,
		sent_at: delivery.at === undefined ? null : new Date(delivery.at).toISOString(),
	};
}
