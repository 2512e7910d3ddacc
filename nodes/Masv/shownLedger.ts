import type { IDataObject } from 'n8n-workflow';

import type { Ledger, LedgerEntry } from '../../masv/sync/ledger';

/** A ledger as people see it: the files that were sent last come first. */
export function shownLedger(id: string, ledger: Ledger): IDataObject & { sent: IDataObject[] } {
	const entries = [...ledger.entries.values()].sort((a, b) => b.delivery.order - a.delivery.order);
	return {
		id,
		node: ledger.node ?? null,
		files: entries.length,
		bytes: entries.reduce((sum, { file }) => sum + file.bytes, 0),
		packages: new Set(entries.flatMap(({ delivery }) => delivery.package ?? [])).size,
		unfinished: [...ledger.unfinished.values()].filter(({ state }) => state === 'sending').length,
		sent: entries.map(shownEntry),
	};
}

/** Without a package, the file was only marked as sent. */
function shownEntry({ file, delivery }: LedgerEntry): IDataObject {
	return {
		path: file.location,
		bytes: file.bytes,
		modified_at: new Date(Number(BigInt(file.modified) / 1_000_000n)).toISOString(),
		package_id: delivery.package ?? null,
		sent_at: delivery.at === undefined ? null : new Date(delivery.at).toISOString(),
	};
}
