import type { WorkflowNode } from './workflows.ts';

/**
 * Fills in a node as a user would: fields of a node "Edit Fields (Set)" by their name, and parameters of others.
 * @throws Error if the node has no such field
 */
export function fillIn({ parameters }: Pick<WorkflowNode, 'parameters'>, values: Record<string, unknown>): void {
	const { assignments } = (parameters.assignments ?? {}) as { assignments?: Array<{ name: string; value: unknown }> };
	for (const [name, value] of Object.entries(values)) {
		const assignment = assignments?.find((one) => one.name === name);
		if (assignment !== undefined) assignment.value = value;
		else if (name in parameters) parameters[name] = value;
		else throw new Error(`The example has no field "${name}"`);
	}
}
