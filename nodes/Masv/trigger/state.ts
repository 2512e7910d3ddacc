import type { IHookFunctions } from 'n8n-workflow';
import type { Setup } from '../../../masv/webhooks/subscription';

export function readSetup(n8n: Pick<IHookFunctions, 'getWorkflowStaticData'>, isTest: boolean): Setup | undefined {
	const { setup } = n8n.getWorkflowStaticData('node') as { setup?: Setup };
	return setup?.isTest === isTest ? setup : undefined;
}

export function writeSetup(n8n: Pick<IHookFunctions, 'getWorkflowStaticData'>, setup: Setup | undefined): void {
	const data = n8n.getWorkflowStaticData('node');
	if (setup === undefined) delete data.setup;
	else data.setup = setup;
}
