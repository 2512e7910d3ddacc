import type { FileNote } from '../../masv/upload/notes';

/** Of a file that was added, and of which nothing more was noted. */
export const nothingNoted = {
	isFinalizing: false,
	mixedBy: new Set(),
	isDoubtful: false,
	isRemoved: false,
	done: undefined,
	reportedBy: new Set(),
} satisfies Partial<FileNote>;
