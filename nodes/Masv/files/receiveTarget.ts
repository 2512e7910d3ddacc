import type { IExecuteFunctions } from 'n8n-workflow';

import type { TargetFolder } from '../../../masv/download/target';
import { MasvTransferError } from '../../../masv/errors';
import { platform } from '../platform';
import { checkWritable } from './fileAccess';
import { readPath, refuseFile, resolveTarget } from './paths';

const field = 'Folder';

/**
 * Opens the folder that the user entered for as long as `work` takes, if n8n's rules allow workflows to write there. It is
 * created if it is missing.
 * @throws MasvInputError that names the folder, MasvError if it cannot be opened; what `work` throws
 */
export async function withReceiveTarget<T>(
	n8n: IExecuteFunctions,
	folder: string,
	work: (target: TargetFolder) => Promise<T>,
): Promise<T> {
	const location = await resolveTarget(n8n, readPath(folder, field).at(-1) as string);
	const target = await platform
		.openTarget(location, (path) => checkWritable(n8n, path, field))
		.catch(async (error: unknown) => {
			// Not what n8n's rules forbid to look at, nor a disk that does not respond.
			const isRefused = error instanceof MasvTransferError && error.code !== 'file_write_stalled';
			if (isRefused) await refuseFile(location, field);
			throw error;
		});
	try {
		return await work(target);
	} finally {
		target.close();
	}
}
