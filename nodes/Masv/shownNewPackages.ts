import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { MasvError } from '../../masv/errors';
import type { FailedPackage, ReceiveNewResult } from '../../masv/sync/receiveNewRequest';
import { shortened } from './shortened';
import type { TransferHints } from './transferHint';
import { showWarnings } from './transferHint';

/**
 * The output of a run: one item per package that was received, and errors. Packages that failed are an error of the node only if
 * it could output nothing otherwise: n8n would drop the other items, and they are output only once.
 * @param isShown whether there is an item if there was nothing to receive
 * @param stopAtFirst whether n8n ends the workflow at the first error
 */
export function toItems(
	done: ReceiveNewResult,
	{ isShown, stopAtFirst }: { isShown: boolean; stopAtFirst: boolean },
): Array<{ json: IDataObject } | { error: unknown }> {
	const { received, failed, gone, waiting, ledger, warnings, failure } = done;
	// The same for all items of a run.
	const facts = {
		waiting: waiting.map((each) => ({ ...each })),
		failed: failed.map(({ id, name, error }) => ({ id, name, error: messageOf(error) })),
		gone: gone.map((each) => ({ ...each })),
		ledger: ledger === undefined ? null : { id: ledger.id, state: ledger.state, packages: ledger.packages },
	};
	const others = shortened(facts);
	const items = received.map(({ files, warnings: ofPackage, ...rest }, index) => ({
		json: { ...rest, ...(index === 0 ? facts : others), warnings: [...warnings, ...ofPackage], files },
	}));
	if (failure !== undefined) return [...items, { error: failure }];
	if (failed.length > 0) {
		return stopAtFirst && items.length > 0 ? items : [...items, ...failed.map((each) => ({ error: toError(each) }))];
	}
	if (items.length > 0 || !isShown) return items;
	return [{ json: { received: 0, ...facts, warnings } }];
}

function toError({ id, name, error }: FailedPackage): unknown {
	if (error instanceof MasvError) {
		error.addHint(`Package ${id} ("${name}") was not received. The next execution tries again.`);
	}
	return error;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

const maxNames = 3;

const shownReasons = { expired: 'expired', archived: 'archived', not_found: 'not in MASV any more' };

/** Shows above the output what was received, what was not, or why nothing was. */
export function showReceivedNew(
	n8n: Partial<IExecuteFunctions>,
	hints: TransferHints,
	{ received, failed, gone, waiting, ledger, warnings }: ReceiveNewResult,
): void {
	for (const each of received) hints.received(each);
	const location = 'outputPane';
	if (failed.length > 0) {
		const message = `Packages that could not be received, and that the next execution tries again: ${failed.length}.`;
		n8n.addExecutionHints?.({ message, type: 'warning', location });
	}
	if (gone.length > 0) {
		const names = gone.slice(0, maxNames).map(({ id, name, reason }) => `${id} ("${name}", ${shownReasons[reason]})`);
		const more = gone.length > names.length ? ` and ${gone.length - names.length} more` : '';
		const message = `Packages that are gone, and were not received: ${names.join(', ')}${more}.`;
		n8n.addExecutionHints?.({ message, type: 'warning', location });
	}
	if (received.length > 0 || failed.length > 0 || gone.length > 0) return;
	showWarnings(n8n, warnings);
	n8n.addExecutionHints?.({ message: whyNothing({ waiting, ledger }), type: 'info', location });
}

function whyNothing({ waiting, ledger }: Pick<ReceiveNewResult, 'waiting' | 'ledger'>): string {
	if (ledger === undefined) return 'Nothing was received: another execution of this node is still running.';
	if (waiting.length === 0) return 'Nothing is new.';
	return `Nothing was received. Packages that are still being uploaded, and that are left for the next execution: ${waiting.length}.`;
}
