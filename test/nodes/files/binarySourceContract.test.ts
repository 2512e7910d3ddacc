import type { Readable } from 'node:stream';

import type { INodeExecutionData } from 'n8n-workflow';

import type { RangeSource, StreamSource } from '../../../masv/transfer/source';
import { binarySources } from '../../../nodes/Masv/files/binarySources';
import { describeRangeSource, describeStreamSource } from '../../contracts/fileSource';
import type { Stored } from '../../support/fakeN8n';
import { fakeN8n } from '../../support/fakeN8n';
import { useTestFiles } from '../../support/testFiles';

const createFile = useTestFiles();

/** The one source of an item whose binary data is the given one. */
async function sourceOf(data: { data: string; id?: string }, stored?: Record<string, Stored>) {
	const item: INodeExecutionData = { json: {}, binary: { data: { mimeType: 'a/b', ...data } } };
	const { n8n } = fakeN8n({ items: [item], stored });
	const openStream = n8n.helpers.getBinaryStream.bind(n8n.helpers);
	n8n.helpers.getBinaryStream = async (...parameters) => (lastStream = await openStream(...parameters));
	const [source] = await binarySources(n8n, 0, ['data'], '');
	return source;
}

/** The stream of n8n behind the source that was opened last. */
let lastStream: Readable | undefined;

describeRangeSource(
	'binary data in the memory of n8n',
	async (content) => ({ source: (await sourceOf({ data: content.toString('base64') })) as RangeSource }),
	{ isFile: false },
);

describeRangeSource(
	'binary data of the filesystem mode',
	async (content) => {
		const { location } = await createFile(content);
		const id = 'filesystem-v2:1';
		return { source: (await sourceOf({ data: 'x', id }, { [id]: { location } })) as RangeSource, location };
	},
	{ isFile: true },
);

describeStreamSource('binary data of a store that streams', async (content) => ({
	source: (await sourceOf({ data: 'x', id: 's3:1' }, { 's3:1': { content } })) as StreamSource,
	isEnded: () => lastStream?.destroyed === true,
}));
