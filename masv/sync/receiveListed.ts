import type { MasvClient } from '../client';
import type { ReceiveResult } from '../download/receivePackage';
import type { PackageEntry } from '../download/selectFiles';
import { MasvError } from '../errors';
import { isSentFile } from '../packages/files';
import { fifteenMinutesOfOutage } from '../retry';
import type { MasvPackage } from '../schemas';
import { placeOf } from '../transfer/places';
import { untilSettled } from '../transfer/untilSettled';
import type { ReceiveNewRequest } from './receiveNewRequest';

/**
 * Receives a package once MASV lists all its files, because no later run looks at it again. A list may be behind for a minute; what it
 * still lacks then is told.
 * @param isAgain see {@link ReceiveNewRequest.receive}
 */
export async function receiveListed(
	client: MasvClient,
	{ receive, policy = fifteenMinutesOfOutage }: Pick<ReceiveNewRequest, 'receive' | 'policy'>,
	found: MasvPackage,
	isAgain: boolean,
	warn: (text: string) => void,
): Promise<ReceiveResult> {
	const source = { kind: 'package', packageId: found.id, found } as const;
	let flaw: string | undefined;
	const onListed = (entries: readonly PackageEntry[]): Promise<void> => {
		flaw = flawOf(found, entries);
		if (flaw === undefined) return Promise.resolve();
		return Promise.reject(new MasvError(flaw, { code: 'package_not_listed' }));
	};
	const attempt = async (): Promise<ReceiveResult | undefined> => {
		flaw = undefined;
		try {
			return await receive(source, isAgain, onListed);
		} catch (error) {
			if (flaw === undefined) throw error;
			return undefined;
		}
	};
	const judge = (received: ReceiveResult | undefined) => (received === undefined ? 'behind' : 'settled');
	const received = await untilSettled(client, policy, attempt, judge);
	if (received !== undefined) return received;
	warn(`${flaw ?? ''}. What is listed was received.`);
	return await receive(source, isAgain, () => Promise.resolve());
}

/** Why a list of files cannot be that of a package that is complete. Undefined if it can. */
function flawOf({ id, total_files: total }: MasvPackage, entries: readonly PackageEntry[]): string | undefined {
	// Whether MASV counts directories is not documented.
	const listed = entries.filter(({ file }) => isSentFile(file));
	if (total !== undefined && listed.length < total) {
		return `MASV lists ${listed.length} of the ${total} files of package ${id}`;
	}
	const unfinished = listed.find(({ kind, file }) => kind === 'file' && file.completed === false);
	return unfinished && `MASV lists "${placeOf(unfinished)}" of package ${id} as unfinished`;
}
