import type { IExecuteFunctions } from 'n8n-workflow';

import type { FoundFile } from '../../../masv/sync/decideFiles';
import type { LedgerFile } from '../../../masv/sync/ledgerLines';
import { platform } from '../platform';
import { diskSources } from './diskSources';
import type { LeaveOut, LeftOut } from './leaveOut';
import { distinctSources } from './namedSource';

/** Empty folders are not files, so they are neither sent nor listed. */
export async function listNewFiles(
	n8n: IExecuteFunctions,
	paths: readonly string[],
	folder: string,
	leaveOut: readonly LeaveOut[],
): Promise<{ files: FoundFile[]; leftOut: LeftOut[] }> {
	const { sources, leftOut } = await diskSources(n8n, paths, folder, leaveOut, { mayBeEmpty: true });
	return { files: distinctSources(sources), leftOut };
}

/** A source for a file as it was planned: what is there now is checked against that when it is read. */
export function plannedSource({ location, path, name, ...stamp }: LedgerFile): FoundFile {
	const modifiedAt = new Date(Number(BigInt(stamp.modified) / 1_000_000n));
	const facts = { location, path, name, bytes: stamp.bytes, modifiedAt, stamp };
	return platform.disk.source(location, facts);
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
