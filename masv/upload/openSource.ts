import { MasvError, MasvTransferError } from '../errors';
import type { FileFacts } from '../transfer/source';
import { labelOf } from '../transfer/places';

export async function openSource<T>(source: FileFacts & { open(): Promise<T> }): Promise<T> {
	try {
		return await source.open();
	} catch (error) {
		if (error instanceof MasvError) throw error;
		throw new MasvTransferError(`"${labelOf(source)}" cannot be read: ${reasonOf(error)}`, {
			file: labelOf(source),
			code: 'file_not_readable',
			cause: error,
		});
	}
}

function reasonOf(error: unknown): string {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === 'string' ? code : error instanceof Error ? error.message : 'unknown reason';
}
