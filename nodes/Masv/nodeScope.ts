import type { IExecuteFunctions } from 'n8n-workflow';

/** Identifies this node of this workflow. */
export function nodeScope(n8n: Pick<IExecuteFunctions, 'getWorkflow' | 'getNode'>): string {
	return `${n8n.getWorkflow().id ?? 'unsaved'}/${n8n.getNode().id}`;
}
