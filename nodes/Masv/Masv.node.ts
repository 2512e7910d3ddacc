import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';

import { authentication, readAuthentication } from './authentication';
import { connectMasv } from './connect';
import { testMasvApi, testMasvPortalApi } from './credentialTests';
import { getPortals } from './fields/portals';
import { simplified } from './fields/simplify';
import { itemReader, readInput } from './input';
import { toNodeError } from './nodeErrors';
import type { ItemResult, Operation } from './operation';
import { OutputItem } from './outputItem';
import { collectListSearches, toProperties, toProperty } from './properties';
import { resources } from './resources';
import { operationSubtitle } from './subtitle';
import { TransferHints } from './transferHint';
import { MasvError } from '../../masv/errors';

export class Masv implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'MASV',
		name: 'masv',
		icon: { light: 'file:masv.svg', dark: 'file:masv.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: operationSubtitle(resources),
		description: 'Send, receive and archive very large files',
		defaults: { name: 'MASV' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'masvApi',
				required: true,
				testedBy: 'testMasvApi',
				displayOptions: { show: { authentication: ['teamKey'] } },
			},
			{
				name: 'masvPortalApi',
				required: true,
				testedBy: 'testMasvPortalApi',
				displayOptions: { show: { authentication: ['portal'] } },
			},
		],
		properties: [toProperty(authentication), ...toProperties(resources, 'package')],
	};

	methods = {
		credentialTest: { testMasvApi, testMasvPortalApi },
		listSearch: collectListSearches(resources),
		loadOptions: { getPortals },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const output: INodeExecutionData[] = [];
		for await (const result of runItems(this)) {
			const [itemIndex = 0] = result.itemIndexes;
			const paired = result.itemIndexes.map((item) => ({ item }));
			// n8n can trace an item back only if `pairedItem` is a single object, not an array.
			const pairedItem = paired.length === 1 ? paired[0] : paired;
			if ('json' in result) {
				const { json, binary } = result;
				output.push({ json, ...(binary !== undefined && { binary }), pairedItem });
				continue;
			}
			const error = toNodeError(this.getNode(), result.error, itemIndex);
			if (!this.continueOnFail()) throw error;
			// The item gets no `error` next to `json`: n8n would replace `json` with it, and the error output would lose the
			// hint and the item's own data.
			const details = {
				...(result.error instanceof MasvError && { code: result.error.code }),
				...(typeof error.description === 'string' && { hint: error.description }),
			};
			// No other keys: n8n routes an item to the error output only if it has nothing but `error`, `message` and `details`.
			output.push({ json: { error: error.message, details }, pairedItem });
		}
		return [output];
	}
}

/** Yields the results of all items in order. An item's error is yielded as its result, never thrown. */
async function* runItems(n8n: IExecuteFunctions): AsyncGenerator<ItemResult> {
	const itemIndexes = [...n8n.getInputData().keys()];
	const hints = new TransferHints();
	try {
		const operation = findOperation(n8n);
		const chosen = readAuthentication(n8n, operation);
		const masv = await connectMasv(n8n, chosen);
		const context = { masv, authentication: chosen, n8n, hints, signal: masv.signal };
		if (operation.runAll !== undefined) {
			const read = itemReader(n8n, operation, chosen);
			const items = itemIndexes.map((itemIndex) => ({ itemIndex, read: () => read(itemIndex) }));
			const task = { ...context, items: items as never, stopAtFirst: !n8n.continueOnFail() };
			yield* await operation.runAll(task).catch((error: unknown) => [{ itemIndexes, error }]);
			return;
		}
		for (const itemIndex of itemIndexes) {
			try {
				const input = readInput(n8n, operation, itemIndex, chosen);
				const result = (await operation.run?.({ ...context, input: input as never, itemIndex })) ?? [];
				for (const json of [result].flat()) {
					if (json instanceof OutputItem) {
						yield { itemIndexes: [itemIndex], json: json.json, binary: json.binary };
						continue;
					}
					const shown = input.simplify === true ? simplified(json) : json;
					yield { itemIndexes: [itemIndex], json: shown as IDataObject };
				}
			} catch (error) {
				yield { itemIndexes: [itemIndex], error };
			}
		}
	} catch (error) {
		for (const itemIndex of itemIndexes) yield { itemIndexes: [itemIndex], error };
	} finally {
		hints.show(n8n);
	}
}

function findOperation(n8n: IExecuteFunctions): Operation {
	const resource = n8n.getNodeParameter('resource', 0);
	const operation = n8n.getNodeParameter('operation', 0);
	const found = Object.values(resources.find(({ value }) => value === resource)?.operations ?? {}).find(
		({ value }) => value === operation,
	);
	if (found !== undefined) return found;
	throw new NodeOperationError(n8n.getNode(), `There is no operation "${operation}" for "${resource}"`, {
		description: 'Choose one from the list.',
	});
}
