import type { INodeExecutionData } from 'n8n-workflow';

import type { Transport } from '../../../../masv/transport';
import { Masv } from '../../../../nodes/Masv/Masv.node';
import { distinctSources, groupByFile } from '../../../../nodes/Masv/files/namedSource';
import type { NamedSource } from '../../../../nodes/Masv/files/namedSource';
import { uploadGroup } from '../../../../nodes/Masv/files/uploadGroup';
import type { ItemResult } from '../../../../nodes/Masv/operation';
import { platform } from '../../../../nodes/Masv/platform';
import { fakeN8n, itemWith } from '../../../support/fakeN8n';
import { instantClock } from '../../../support/instantClock';
import { useInstantPlatform } from '../../../support/instantPlatform';
import { useDataFolder } from '../../../support/masvNode';
import { storageUrl } from '../../../support/nockMasv';

jest.mock('../../../../nodes/Masv/files/uploadGroup');
const actual = jest.requireActual<{ uploadGroup: typeof uploadGroup }>('../../../../nodes/Masv/files/uploadGroup');

useDataFolder();
// MASV lists no file here, which is waited for.
useInstantPlatform();
beforeEach(() => void jest.mocked(uploadGroup).mockImplementation(actual.uploadGroup));

const parametersOf = (packageId: string) => ({
	resource: 'file',
	operation: 'upload',
	packageId: { mode: 'id', value: packageId },
	source: 'binary',
	binaryPropertyName: 'data',
	options: {},
});

/** Counts the accesses to all properties of an object. */
function counted<T extends object>(target: T, count: () => void): T {
	return new Proxy(target, {
		get: (object, name) => {
			count();
			return Reflect.get(object, name) as unknown;
		},
		has: (object, name) => {
			count();
			return Reflect.has(object, name);
		},
	});
}

/** MASV and its storage accept everything. */
const accepting: Transport = ({ url, method }) => {
	const path = url.replace(/^https?:\/\/[^/]+/, '');
	const answer = (status: number, body: unknown) =>
		Promise.resolve({ status, headers: { etag: '"e"' }, text: JSON.stringify(body) });
	if (path.endsWith('/create')) return Promise.resolve({ status: 200, headers: {}, text: '<UploadId>u</UploadId>' });
	if (path.includes('?start=')) return answer(200, [{ url: `${storageUrl}/part`, headers: {} }]);
	if (path.endsWith('/files') && method === 'POST') {
		return answer(201, { file: { id: 'F1' }, create_blueprint: { url: `${storageUrl}/create`, headers: {} } });
	}
	if (path.endsWith('/files')) return answer(200, []);
	if (path.endsWith('/finalize')) return Promise.resolve({ status: 204, headers: {}, text: '' });
	if (path.endsWith('/spec')) return answer(404, {});
	return answer(200, { id: path.slice(path.lastIndexOf('/') + 1), access_token: 'token-1', state: 'new' });
};

/** How often the items are accessed when this many are uploaded. */
async function accessesTo(count: number): Promise<number> {
	jest.spyOn(platform, 'transportFor').mockReturnValue(accepting);
	let accesses = 0;
	const counts = (): void => void accesses++;
	const items = Array.from({ length: count }, (_, index) => counted(itemWith({ data: `f${index}` }), counts));
	const { n8n } = fakeN8n({ items: counted<INodeExecutionData[]>(items, counts), parameters: parametersOf('P1') });
	const [output] = await new Masv().execute.call(n8n);
	expect(output).toHaveLength(count);
	return accesses;
}

/** How often their results are accessed when each item has a package of its own. */
async function accessesToResults(count: number): Promise<number> {
	let accesses = 0;
	jest.mocked(uploadGroup).mockImplementation((_masv, _id, group) => {
		const result: ItemResult = { itemIndexes: group.map(({ itemIndex }) => itemIndex), json: {} };
		return Promise.resolve([counted(result, () => void accesses++)]);
	});
	const items = Array.from({ length: count }, (_, index) => itemWith({ data: `f${index}` }));
	const parameters = items.map((_, index) => parametersOf(`P${index}`));
	const [output] = await new Masv().execute.call(fakeN8n({ items, parameters }).n8n);
	expect(output).toHaveLength(count);
	return accesses;
}

/** How often the sources are accessed when duplicates among them are found. */
async function accessesToSources(count: number): Promise<number> {
	let accesses = 0;
	const sources = Array.from({ length: count }, (_, index) =>
		counted({ location: `/a/${index % 7}/${index}`, path: '', name: `f${index}` }, () => void accesses++),
	) as unknown as NamedSource[];
	expect(await distinctSources(sources, instantClock())).toHaveLength(count);
	expect(groupByFile(sources.map((source, itemIndex) => ({ source, itemIndex })))).toHaveLength(count);
	return accesses;
}

describe('uploading many files', () => {
	it.each<[string, (count: number) => Promise<number>]>([
		['the items of one package', accessesTo],
		['the results of many packages', accessesToResults],
		['the files that are named twice', accessesToSources],
	])('takes time in proportion to their number for %s', async (_, accesses) => {
		const [some, many] = [await accesses(100), await accesses(400)];
		// Comparing each with each would be 16 times as many.
		expect(many / some).toBeLessThan(4.5);
	});
});
