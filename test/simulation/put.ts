import type { Run } from './delivery';
import type { Entry, Multipart } from './server/model';

/** One part that was stored. */
export interface Put {
	run: Run;
	entry: Entry;
	upload: Multipart;
	/** From 1. */
	partNumber: number;
	md5: string;
	etag: string;
	/** When the run learned of it. */
	ackedAt: number | undefined;
}
