import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { committedSchema, isWritingSchemas } from './committedSchemas';
import { useDataFolder, runMasv } from './masvNode';
import { differences } from './outputSchema';
import type { Sandbox, SandboxOptions } from '../../sandbox/start';
import { startSandbox } from '../../sandbox/start';

export interface SandboxNode {
	sandbox: Sandbox;
	/** Runs the MASV node against the sandbox. @returns the JSON of its output items, which have the fields that n8n offers */
	run: (parameters: object, items?: IDataObject[]) => Promise<IDataObject[]>;
	/** The same, for a run that must fail. @returns `error`, `code` and `hint` of each failed item */
	fail: (parameters: object, items?: IDataObject[]) => Promise<Array<{ error: string; code: string; hint: string }>>;
}

/**
 * Call at the top of a test file: a new sandbox for each test, with the node connected to it. With `newExecutions`, each run is
 * an execution of its own.
 */
export function useSandboxNode(): (
	options?: SandboxOptions,
	more?: { newExecutions?: boolean },
) => Promise<SandboxNode> {
	useDataFolder();
	const open: Sandbox[] = [];
	afterEach(async () => {
		await Promise.all(open.splice(0).map(async (sandbox) => await sandbox.close()));
	});
	let executions = 1;
	return async (options, { newExecutions = false } = {}) => {
		const sandbox = await startSandbox(options);
		open.push(sandbox);
		const { apiKey, teamId, url: baseUrl } = sandbox;
		const runNode = async (
			parameters: object,
			items: IDataObject[] = [{}],
			continueOnFail = false,
		): Promise<INodeExecutionData[]> =>
			await runMasv({
				parameters: { ...parameters },
				items: items.map((json) => ({ json })),
				credentials: { masvApi: { apiKey, teamId, baseUrl } },
				continueOnFail,
				executionId: `execution-${newExecutions ? ++executions : 1}`,
			});
		return {
			sandbox,
			run: async (parameters, items) => {
				const output = (await runNode(parameters, items)).map(({ json }) => json);
				const { resource, operation } = parameters as Record<string, string>;
				const schema = committedSchema(`${resource}.${operation}`);
				if (schema !== undefined && !isWritingSchemas) {
					expect(output.flatMap((json) => differences(schema, json))).toEqual([]);
				}
				return output;
			},
			fail: async (parameters, items) =>
				(await runNode(parameters, items, true)).map(({ json }) => {
					expect(json).toHaveProperty('error');
					const { code, hint } = json.details as { code: string; hint: string };
					return { error: json.error as string, code, hint };
				}),
		};
	};
}
