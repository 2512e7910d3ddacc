import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fetchPackageDetails } from '../../../masv/packages/details';
import { addDetails } from '../../../masv/watch/details';
import { connectMasv } from '../connect';
import { toNodeError } from '../nodeErrors';
import { triggerReader } from './fields';

/**
 * The events that started this execution, with package details if the user wants them.
 * @throws NodeApiError, NodeOperationError after a temporary failure: the execution can be retried
 */
export async function enrichItems(n8n: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items = n8n.getInputData();
	try {
		if (triggerReader(n8n)('settings').enrich !== true) return items;
		const masv = await connectMasv(n8n, 'teamKey');
		const enriched: INodeExecutionData[] = [];
		for (const [itemIndex, { json }] of items.entries()) {
			const { id } = (json.object ?? {}) as { id?: string };
			const event = await addDetails(json, id, async (packageId) => await fetchPackageDetails(masv, packageId));
			enriched.push({ json: event as IDataObject, pairedItem: { item: itemIndex } });
		}
		return enriched;
	} catch (error) {
		throw toNodeError(n8n.getNode(), error, 0);
	}
}
