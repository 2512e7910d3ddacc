import type { IExecuteFunctions } from 'n8n-workflow';

import type { Journal } from '../../masv/transfer/journal';
import type { LedgerOwner } from '../../masv/sync/ledgerBook';
import { nodeScope } from './nodeScope';
import { platform } from './platform';

type LedgerContext = Pick<IExecuteFunctions, 'getWorkflow' | 'getNode'>;

/** This node, as the owner of a ledger. */
export function ledgerOwner(n8n: LedgerContext): LedgerOwner {
	return { scope: nodeScope(n8n), workflow: n8n.getWorkflow().id, node: n8n.getNode().name };
}

/** Where ledgers are kept. */
export function openLedgers(
	n8n: Pick<IExecuteFunctions, 'logger'> & Partial<Pick<IExecuteFunctions, 'getExecutionCancelSignal'>>,
): Journal {
	return platform.ledgers(
		(folder, reason) => n8n.logger.warn(`MASV: what was sent or received cannot be recorded in ${folder} (${reason})`),
		n8n.getExecutionCancelSignal?.(),
	);
}

/**
 * How many lines a ledger has, in n8n's database: a ledger that was lost with the disk is noticed. n8n keeps this only for
 * executions of published workflows.
 */
export function ledgerMemory(n8n: Pick<IExecuteFunctions, 'getWorkflowStaticData'>): {
	linesOf: (id: string) => number;
	remember: (ledger: { id: string; lines: number }) => void;
} {
	const stored = n8n.getWorkflowStaticData('node');
	const linesOf = (id: string): number => {
		const lines = stored[`ledger ${id}`];
		return typeof lines === 'number' ? lines : 0;
	};
	return {
		linesOf,
		remember: ({ id, lines }) => {
			if (lines !== linesOf(id)) stored[`ledger ${id}`] = lines;
		},
	};
}
