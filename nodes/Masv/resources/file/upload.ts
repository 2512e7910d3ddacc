import type { MasvClient } from '../../../../masv/client';
import { firstCause, uploadFiles } from '../../../../masv/upload/uploadFiles';
import type { NamedSource } from '../../files/namedSource';
import { distinctSources } from '../../files/namedSource';
import { fileFields, readSources, readUploadOptions, uploadOptions } from '../../fields/files';
import { packageId } from '../../fields/packageId';
import type { ItemResult } from '../../operation';
import { defineOperation } from '../../operation';
import { MasvInputError } from '../../../../masv/errors';
import { checkDistinct } from '../../../../masv/transfer/places';
import { fetchPackage } from '../../../../masv/packages/find';

interface Task {
	packageId: string;
	source: NamedSource;
	itemIndex: number;
}

export default defineOperation({
	name: 'Upload',
	value: 'upload',
	action: 'Upload files into a package',
	description: 'Upload files into a package that is not finalized yet',
	fields: [
		packageId,
		...fileFields,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: uploadOptions,
		},
	],
	runAll: async ({ masv, n8n, items, stopAtFirst }) => {
		const results: ItemResult[] = [];
		const tasks: Task[] = [];
		let options = readUploadOptions(n8n, {});
		for (const { read, itemIndex } of items) {
			try {
				const input = read();
				if (itemIndex === items[0]?.itemIndex) options = readUploadOptions(n8n, input.options);
				for (const source of await readSources(n8n, input, itemIndex)) {
					tasks.push({ packageId: input.packageId, source, itemIndex });
				}
			} catch (error) {
				results.push({ itemIndexes: [itemIndex], error });
				if (stopAtFirst) return results;
			}
		}
		for (const [id, group] of Map.groupBy(tasks, (task) => task.packageId)) {
			try {
				results.push(...(await uploadGroup(masv, id, group, { ...options, stopAtFirst })));
			} catch (error) {
				const itemIndexes = new Set(group.map((task) => task.itemIndex));
				results.push(...[...itemIndexes].map((itemIndex) => ({ itemIndexes: [itemIndex], error })));
			}
			if (stopAtFirst && results.some((result) => 'error' in result)) break;
		}
		return results;
	},
});

/** All files that go into one package, under one budget. */
async function uploadGroup(
	masv: MasvClient,
	id: string,
	group: Task[],
	options: Parameters<typeof uploadFiles>[3],
): Promise<ItemResult[]> {
	const { state } = await fetchPackage(masv, id);
	if (state !== undefined && state !== 'new') {
		throw new MasvInputError(`Package ${id} is ${state} and takes no more files`, {
			field: 'Package',
			hint: 'Create a new package and upload into that one.',
		});
	}
	const sources = distinctSources(group.map((task) => task.source));
	checkDistinct(sources);
	const settled = await uploadFiles(masv, id, sources, options);
	const failure = firstCause(settled.filter((result) => result.status === 'rejected'));
	return settled.flatMap((result, index): ItemResult[] => {
		// Those that were merely stopped say nothing.
		if (options.stopAtFirst && result.status === 'rejected' && result !== failure) return [];
		const itemIndexes = group
			.filter((task) => isSameFile(task.source, sources[index] as NamedSource))
			.map((task) => task.itemIndex);
		return result.status === 'fulfilled'
			? [{ itemIndexes, json: { ...result.value, bytes: result.value.size, package_id: id } }]
			: [{ itemIndexes, error: result.reason as unknown }];
	});
}

function isSameFile(a: NamedSource, b: NamedSource): boolean {
	return a === b || distinctSources([a, b]).length === 1;
}
