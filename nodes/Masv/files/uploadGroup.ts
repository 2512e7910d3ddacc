import type { MasvClient } from '../../../masv/client';
import { addFiles } from '../../../masv/upload/addFiles';
import type { UploadOptions } from '../../../masv/upload/uploadOptions';
import { firstCause } from '../../../masv/upload/uploadFiles';
import type { ItemResult } from '../operation';
import type { ItemSource } from './namedSource';
import { groupByFile } from './namedSource';

/**
 * Uploads all files of one package within one budget. Never throws: an error that affects all files is returned as a
 * failure of each item.
 * @returns one result per file, with the items that specify it; none for files stopped because another one failed
 */
export async function uploadGroup(
	masv: MasvClient,
	packageId: string,
	group: ItemSource[],
	options: UploadOptions & { stopAtFirst: boolean },
): Promise<ItemResult[]> {
	try {
		return await uploadEach(masv, packageId, group, options);
	} catch (error) {
		const itemIndexes = new Set(group.map(({ itemIndex }) => itemIndex));
		return [...itemIndexes].map((itemIndex) => ({ itemIndexes: [itemIndex], error }));
	}
}

async function uploadEach(...[masv, packageId, group, options]: Parameters<typeof uploadGroup>): Promise<ItemResult[]> {
	const files = groupByFile(group);
	const sources = files.map(({ source }) => source);
	const settled = await addFiles(masv, packageId, sources, options);
	const failure = firstCause(settled.filter((result) => result.status === 'rejected'));
	return settled.flatMap((result, index): ItemResult[] => {
		const { itemIndexes = [] } = files[index] ?? {};
		if (result.status === 'fulfilled') {
			return [{ itemIndexes, json: { ...result.value, bytes: result.value.size, package_id: packageId } }];
		}
		// Files that stopped because another one failed have no error of their own.
		if (options.stopAtFirst && result !== failure) return [];
		return [{ itemIndexes, error: result.reason as unknown }];
	});
}
