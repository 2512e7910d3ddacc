import { MasvError, MasvUploadError } from '../errors';
import type { FileFacts } from '../transfer/source';
import { labelOf } from '../transfer/places';

export async function openSource<T>(source: FileFacts & { open(): Promise<T> }): Promise<T> {
	try {
		return await source.open();
	} catch (error) {
		if (error instanceof MasvError) throw error;
		throw new MasvUploadError(`"${labelOf(source)}" cannot be read: ${reasonOf(error)}`, {
			file: labelOf(source),
			hint: 'Check that the file is still there and that n8n may read it.',
			cause: error,
		});
	}
}

function reasonOf(error: unknown): string {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === 'string' ? code : error instanceof Error ? error.message : 'for a reason unknown';
}
