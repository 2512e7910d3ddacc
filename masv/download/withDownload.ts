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
 * Does the work of one download: takes the right to it, opens the package, and takes back what was made for that, whatever happens.
 * @param where what is downloaded to: one run at a time works there
 */
export async function withDownload<T>(
	client: MasvClient,
	found: OpenSource,
	where: unknown[],
	options: TakeDownloadOptions & Pick<DownloadOptions, 'onWarning'>,
	work: (context: DownloadContext) => Promise<T>,
): Promise<T> {
	const facts = ['receive', found.id, ...where];
	// Whoever writes into the folder of the package must have the lease, also if it came to the package through a link. The record
	// is for one kind of access, because what is sealed in it needs the same secret.
	const taken = await takeDownload(client, { lease: client.leaseKey(facts), record: client.recordKey(facts) }, options);
	const warnings: string[] = [];
	const onWarning = (text: string): void => {
		warnings.push(text);
		options.onWarning?.(text);
	};
	let isComplete = false;
	let isContinued = false;
	const keepNotes = (): void => void (isContinued = true);
	try {
		const access = await found.access(taken.record);
		try {
			const guarded = client.withGuard(taken.guard);
			const result = await work({ client: guarded, access, taken, warnings, onWarning, keepNotes });
			isComplete = !isContinued;
			return result;
		} finally {
			const left = await access.end();
			warnings.push(...left);
			// What is noted of a link that could not be disabled is what the next run disables it by.
			isComplete &&= left.length === 0;
		}
	} finally {
		await taken.end(isComplete);
	}
}
