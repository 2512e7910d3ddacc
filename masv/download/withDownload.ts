import type { MasvClient } from '../client';
import type { DownloadAccess } from './access';
import type { DownloadOptions } from './downloadFiles';
import type { OpenSource } from './openSource';
import type { TakeDownloadOptions, TakenDownload } from './takeDownload';
import { takeDownload } from './takeDownload';

export interface DownloadContext {
	/** Stops what changes something once another run has taken the download over. */
	client: MasvClient;
	access: DownloadAccess;
	taken: TakenDownload;
	/** What a person should know although the download goes on. What is left behind is added at the end. */
	warnings: string[];
	/** Adds to the warnings, and tells the caller. */
	onWarning: (text: string) => void;
	/** Says that the next run has something to continue, although nothing is thrown. */
	keepNotes: () => void;
}

/**
 * Does the work of one download: opens the package, takes the right to it, and takes back what was made for that, whatever happens.
 * @param folder that is downloaded to: one run at a time works there. Undefined: nothing is shared with other runs
 */
export async function withDownload<T>(
	client: MasvClient,
	found: OpenSource,
	folder: string | undefined,
	options: TakeDownloadOptions & Pick<DownloadOptions, 'onWarning'>,
	work: (context: DownloadContext) => Promise<T>,
): Promise<T> {
	const facts = ['receive', found.id, folder];
	// Whoever writes into the folder of the package must have the lease, also if it came to the package through a link. The record
	// is for one kind of access, because what is sealed in it needs the same secret. Its name begins with that of the lease, so that
	// neither is removed as long as there are signs of life of the other.
	const lease = client.leaseKey(facts);
	const keys = folder === undefined ? undefined : { lease, record: `${lease}-${client.recordKey(facts)}` };
	const warnings: string[] = [];
	const onWarning = (text: string): void => {
		warnings.push(text);
		options.onWarning?.(text);
	};
	const access = await found.access(options);
	try {
		const taken = await takeDownload(client, keys, options);
		let isComplete = false;
		let isContinued = false;
		const keepNotes = (): void => void (isContinued = true);
		try {
			const guarded = client.withGuard(taken.guard);
			const result = await work({ client: guarded, access, taken, warnings, onWarning, keepNotes });
			isComplete = !isContinued;
			return result;
		} finally {
			await taken.end(isComplete);
		}
	} finally {
		for (const text of await access.end()) onWarning(text);
	}
}
