import type { IExecuteFunctions } from 'n8n-workflow';

import { toFileDate } from '../../../masv/dates';
import type { LedgerFile } from '../../../masv/sync/ledgerLines';
import type { FileSource } from '../../../masv/transfer/source';
import { platform } from '../platform';
import { findOnDisk } from './diskSources';
import type { LeaveOut, LeftOut } from './leaveOut';
import { distinctSources } from './namedSource';
import type { KeepFile } from './treeReader';

/** Empty folders are not files, so they are neither sent nor listed. */
export async function listNewFiles(
	n8n: IExecuteFunctions,
	paths: readonly string[],
	folder: string,
	leaveOut: readonly LeaveOut[],
): Promise<{ files: LedgerFile[]; leftOut: LeftOut[] }> {
	const { sources, leftOut } = await findOnDisk(n8n, paths, folder, leaveOut, keepCompact(), { mayBeEmpty: true });
	return { files: await distinctSources(sources, platform.clock), leftOut };
}

function keepCompact(): KeepFile<LedgerFile> {
	let known = '';
	return ({ location, bytes, stamp: { modified, changed, device, inode, born } }, { path, name }) => {
		// The same text is kept once.
		if (device !== known) known = device;
		return {
			location,
			path,
			name,
			bytes,
			modified,
			changed,
			device: known,
			inode,
			sum: null,
			...(born !== undefined && { born }),
		};
	};
}

/** A source for a file as it was planned: what is there now is checked against that when it is read. */
export function plannedSource({ location, path, name, ...stamp }: LedgerFile): FileSource & { describedAs: string } {
	const facts = {
		location,
		path,
		name,
		bytes: stamp.bytes,
		modifiedAt: modifiedAt(stamp),
		stamp,
		describedAs: location,
	};
	return platform.disk.source(location, facts);
}

/** When the content was modified, in whole milliseconds. */
export function modifiedAt({ modified }: Pick<LedgerFile, 'modified'>): Date {
	return toFileDate(Number(BigInt(modified) / 1_000_000n));
}

/** Whether a file is still at its location, by this very name. If the disk does not say, it may be. */
export async function isThere({ location, device, inode }: LedgerFile): Promise<boolean> {
	try {
		if ((await platform.disk.look(location)) !== 'file') return false;
		// Where its folder was is a link to another place now.
		if ((await platform.disk.resolve(location)) !== location) return false;
		const there = await platform.disk.inspect(location);
		// Where upper and lower case are the same, the old name leads to the renamed file.
		return there.location === location && there.stamp.device === device && there.stamp.inode === inode;
	} catch (error) {
		return !['ENOENT', 'ENOTDIR'].includes(String((error as { code?: unknown } | null)?.code));
	}
}

/** Whether a file that is not listed seems to be on a disk that is not mounted. @param mounted devices that are */
export async function isUnmounted({ location, device }: LedgerFile, mounted: ReadonlySet<string>): Promise<boolean> {
	return await platform.disk.isUnmounted(location, device, mounted);
}
