import type { MasvClient } from '../../masv/client';
import type { ReceiveRequest, ReceiveResult } from '../../masv/download/receivePackage';
import { receivePackage } from '../../masv/download/receivePackage';
import type { TargetFolder } from '../../masv/download/target';
import { diskTarget } from '../../masv/node/diskTarget';
import { folderJournal } from '../../masv/node/folderJournal';
import { folderLeases } from '../../masv/node/folderLeases';
import { systemClock } from '../../masv/node/systemClock';

/** What is not set is as simple as it can be: all files, nothing is replaced, nothing is noted. */
export interface DiskRequest extends Partial<Omit<ReceiveRequest, 'target'>> {
	/** Of a package of the team, instead of `source`. */
	packageId?: string;
	/** A folder for notes and leases. */
	notes?: string;
	/** Another view of the folder on disk, for a test that wants to know what happens there. */
	seenAs?: (folder: TargetFolder) => TargetFolder;
}

/** Receives a package into a folder on disk. */
export async function receiveToDisk(
	client: MasvClient,
	folder: string,
	{ packageId = '', notes, seenAs = (same) => same, ...more }: DiskRequest,
): Promise<ReceiveResult> {
	const target = await diskTarget(folder, { checkAllowed: () => undefined });
	try {
		return await receivePackage(client, {
			source: { kind: 'package', packageId },
			target: seenAs(target),
			ifExists: 'skip',
			infected: false,
			archives: false,
			isWanted: () => true,
			...(notes !== undefined && { journal: folderJournal(notes), leases: folderLeases(notes, systemClock) }),
			...more,
		});
	} finally {
		target.close();
	}
}
