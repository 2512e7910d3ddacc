import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { toLastModified } from '../../masv/dates';
import type { SendNewResult } from '../../masv/sync/sendNewRequest';
import type { LeftOut } from './files/leaveOut';
import { modifiedAt } from './files/newFiles';
import { shortened } from './shortened';
import { shownDelivery } from './shownDelivery';
import type { TransferHints } from './transferHint';
import { showWarnings } from './transferHint';

/**
 * The output of a run: one item per package, and errors. Packages that failed are an error of the node only if it could output
 * nothing otherwise: n8n would drop the other items, and they are output only once.
 * @param isShown whether there is an item if no package was sent
 * @param stopAtFirst whether n8n ends the workflow at the first error
 */
export function toItems(
	done: SendNewResult,
	leftOut: LeftOut[],
	{ isShown, stopAtFirst }: { isShown: boolean; stopAtFirst: boolean },
): Array<{ json: IDataObject } | { error: unknown }> {
	const { sent, failed, waiting, marked, moved, unchanged, ledger, warnings, failure } = done;
	// The same for all items of a run.
	const facts = {
		waiting: waiting.map((file) => ({
			path: file.location,
			bytes: file.bytes,
			modified_at: toLastModified(modifiedAt(file)),
		})),
		failed: failed.map(({ path, files, error }) => ({ path, files, error: error.message })),
		marked,
		moved,
		unchanged_content: unchanged,
		left_out: leftOut.map((left) => ({ ...left })),
		ledger: ledger === undefined ? null : { id: ledger.id, state: ledger.state, files: ledger.files },
	};
	const others = shortened(facts);
	const items = sent.map((each, index) => {
		const { left_in_place: leftInPlace, warnings: ofPackage, ...result } = each;
		const { left_out: leftOutOfAll, ...common } = index === 0 ? facts : others;
		const shown = shownDelivery({ ...result, warnings: [...warnings, ...ofPackage] }, leftOutOfAll);
		const { link, files, ...rest } = shown;
		return { json: { ...rest, left_in_place: leftInPlace.map((left) => ({ ...left })), ...common, link, files } };
	});
	if (failure !== undefined) return [...items, { error: failure }];
	if (failed.length > 0 && !stopAtFirst) return [...items, ...failed.map(({ error }) => ({ error }))];
	if (items.length > 0 || !isShown) return items;
	return [{ json: { sent: 0, ...facts, warnings } }];
}

/** Shows above the output what was sent, or why nothing was. */
export function showSentNew(n8n: Partial<IExecuteFunctions>, hints: TransferHints, done: SendNewResult): void {
	const { sent, failed } = done;
	for (const each of sent) hints.sent({ ...each, files: each.files.length });
	if (failed.length > 0) {
		const message = `Packages that could not be sent, and that the next execution tries again: ${failed.length}.`;
		n8n.addExecutionHints?.({ message, type: 'warning', location: 'outputPane' });
	}
	if (sent.length > 0) return;
	showWarnings(n8n, done.warnings);
	n8n.addExecutionHints?.({ message: whyNothing(done), type: 'info', location: 'outputPane' });
}

function whyNothing({ waiting, ledger }: SendNewResult): string {
	if (ledger === undefined) return 'Nothing was sent: another execution of this node is sending new files.';
	if (waiting.length === 0) return 'Nothing is new.';
	return `Nothing was sent. Files that changed too recently, and that are left for the next execution (Wait Until Unchanged): ${waiting.length}.`;
}
