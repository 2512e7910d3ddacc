import type { MasvClient } from '../../../masv/client';
import { describeLookalikes } from '../../../masv/transfer/lookalikes';
import { addFiles } from '../../../masv/upload/addFiles';
import type { UploadOptions } from '../../../masv/upload/uploadOptions';
import { firstCause } from '../../../masv/upload/uploadFiles';
import type { ItemResult } from '../operation';
import type { FoundFiles } from './foundFiles';
import { joinFound } from './foundFiles';
import { groupByFile } from './namedSource';

/** What one item specifies for a package. */
export interface ItemFiles {
	itemIndex: number;
	found: FoundFiles;
}

/**
 * Uploads all files of one package within one budget. Never throws: an error that affects all files is returned as a
 * failure of each item.
 * @returns one result per file, with the items that specify it; none for files stopped because another one failed. The first
 * file of the package also has what concerns the whole upload: `folders_not_created`, `left_out`, `warnings`
 */
export async function uploadGroup(
	masv: MasvClient,
	packageId: string,
	group: ItemFiles[],
	options: UploadOptions & { stopAtFirst: boolean },
): Promise<ItemResult[]> {
	try {
		return await uploadEach(masv, packageId, group, options);
	} catch (error) {
		return group.map(({ itemIndex }) => ({ itemIndexes: [itemIndex], error }));
	}
}

async function uploadEach(...[masv, packageId, group, options]: Parameters<typeof uploadGroup>): Promise<ItemResult[]> {
	const requested = group.flatMap(({ found, itemIndex }) => found.sources.map((source) => ({ source, itemIndex })));
	const files = groupByFile(requested);
	const sources = files.map(({ source }) => source);
	const { emptyFolders: directories, leftOut } = joinFound(group.map(({ found }) => found));
	let notCreated: string[] = [];
	const onFoldersNotCreated = (paths: string[]): void => void (notCreated = paths);
	const warnings: string[] = [];
	const onWarning = (text: string): void => {
		warnings.push(text);
		options.onWarning?.(text);
	};
	const settled = await addFiles(masv, packageId, sources, { ...options, directories, onFoldersNotCreated, onWarning });
	const failure = firstCause(settled.filter((result) => result.status === 'rejected'));
	let whole: object = {
		folders_not_created: notCreated,
		left_out: leftOut.map((left) => ({ ...left })),
		warnings: [...warnings, ...(await describeLookalikes(sources, directories, masv.clock))],
	};
	return settled.flatMap((result, index): ItemResult[] => {
		const { itemIndexes = [] } = files[index] ?? {};
		if (result.status === 'fulfilled') {
			const json = { ...result.value, bytes: result.value.size, package_id: packageId, ...whole };
			whole = {};
			return [{ itemIndexes, json }];
		}
		// Files that stopped because another one failed have no error of their own.
		if (options.stopAtFirst && result !== failure) return [];
		return [{ itemIndexes, error: result.reason as unknown }];
	});
}
