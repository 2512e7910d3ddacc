import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { fetchPackageDetails } from '../../../masv/packages/details';
import { connectMasv } from '../connect';
import { toNodeError } from '../nodeErrors';
import { triggerReader } from './fields';

/** The events that started this execution, with package details if the user wants them. */
export async function enrichItems(n8n: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const items = n8n.getInputData();
	try {
		if (triggerReader(n8n)('settings').enrich !== true) return items;
		const masv = await connectMasv(n8n, 'teamKey');
		const enriched: INodeExecutionData[] = [];
		for (const [itemIndex, { json }] of items.entries()) {
			const { id } = (json.object ?? {}) as { id?: string };
			const details = id === undefined ? {} : await fetchPackageDetails(masv, id);
			enriched.push({ json: { ...json, ...(details as IDataObject) }, pairedItem: { item: itemIndex } });
		}
		return enriched;
	} catch (error) {
		throw toNodeError(n8n.getNode(), error, 0);
	}
}
