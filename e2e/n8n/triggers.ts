import { setTimeout as sleep } from 'node:timers/promises';
import { N8nError, type N8nSession } from './N8nSession.ts';
import type { N8nWorkflows, WorkflowNode } from './workflows.ts';

/** Starts and stops triggers: of published workflows, and for single test events. */
export class N8nTriggers {
	readonly #session: N8nSession;
	readonly #workflows: N8nWorkflows;

	constructor(session: N8nSession, workflows: N8nWorkflows) {
		this.#session = session;
		this.#workflows = workflows;
	}

	/**
	 * Publishes a workflow and waits until its triggers are registered: n8n reports "active" before that.
	 *
	 * @throws Error with the trigger's message if it could not be registered
	 */
	async activate(workflow: { id: string }): Promise<void> {
		const { versionId } = await this.#workflows.get(workflow.id);
		await this.#session.request('POST', `/workflows/${workflow.id}/activate`, { versionId });
		const { status, triggers } = await this.#published(workflow);
		if (status === 'published') return;
		const reasons = triggers.map(({ errorMessage }) => errorMessage).filter((message) => message !== null);
		throw new Error(`The workflow was not published (${status}): ${reasons.join('; ')}`);
	}

	/** Unpublishes a workflow and waits until its triggers are removed. */
	async deactivate(workflow: { id: string }): Promise<void> {
		await this.#session.request('POST', `/workflows/${workflow.id}/deactivate`, {});
		await this.#published(workflow);
	}

	/** Makes a webhook trigger wait for one event, as "Listen for test event" does. @throws Error if it does not wait */
	async listen(workflow: { id: string }, trigger: string): Promise<void> {
		const answer = await this.#session.request<{ waitingForWebhook?: boolean }>(
			'POST',
			`/workflows/${workflow.id}/run`,
			{
				triggerToStartFrom: { name: trigger },
			},
		);
		if (answer.waitingForWebhook !== true) throw new Error(`${trigger} is not listening: ${JSON.stringify(answer)}`);
	}

	/** Ends {@link listen}, as "Stop listening" does. n8n responds before the webhook is removed. */
	async stopListening(workflow: { id: string }): Promise<void> {
		await this.#session.request('DELETE', `/test-webhook/${workflow.id}`);
	}

	/** The URL that external callers use. @param path the webhook's path in the node's description */
	webhookUrl(node: WorkflowNode, path = 'webhook', kind: 'production' | 'test' = 'production'): string {
		if (node.webhookId === undefined) throw new Error(`${node.name} has no webhook ID`);
		return `${this.#session.url}/${kind === 'test' ? 'webhook-test' : 'webhook'}/${node.webhookId}/${path}`;
	}

	async #published(workflow: { id: string }): Promise<PublicationStatus> {
		const giveUpAt = Date.now() + 5 * 60_000;
		for (;;) {
			const status = await this.#status(workflow);
			if (status.status !== 'in_progress') return status;
			if (Date.now() > giveUpAt) throw new Error('The triggers were not registered within 5 minutes');
			await sleep(100);
		}
	}

	async #status(workflow: { id: string }): Promise<PublicationStatus> {
		try {
			return await this.#session.request('GET', `/workflows/${workflow.id}/publication-status`);
		} catch (error) {
			// n8n 2.35 has no such status: it responds when the triggers are registered, and with an error if they cannot be.
			if (error instanceof N8nError && error.status === 404) return { status: 'published', triggers: [] };
			throw error;
		}
	}
}

interface PublicationStatus {
	status: 'in_progress' | 'published' | 'partial' | 'failed' | 'not_published';
	triggers: Array<{ nodeId: string; status: string; errorMessage: string | null }>;
}
