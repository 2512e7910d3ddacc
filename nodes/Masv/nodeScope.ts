import type { IExecuteFunctions } from 'n8n-workflow';

/** Identifies this node of this workflow. */
export function nodeScope(n8n: Pick<IExecuteFunctions, 'getWorkflow' | 'getNode'>): string {
	return `${n8n.getWorkflow().id ?? 'unsaved'}/${n8n.getNode().id}`;
}

/**
 * Identifies this run of this node: the same execution that n8n starts again after a crash has the same one, a new
 * execution does not, and neither does the next turn of a loop.
 */
export function nodeRun(n8n: Pick<IExecuteFunctions, 'getExecutionId' | 'evaluateExpression'>): string {
	const runIndex = n8n.evaluateExpression('{{ $runIndex }}', 0) as number;
	return `${n8n.getExecutionId()}/${runIndex}`;
}
