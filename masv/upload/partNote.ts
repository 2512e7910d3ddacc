/** What is noted about a stored part. */
export interface PartNote {
	etag: string;
}

/** @returns undefined if it is not such a note */
export function toPartNote(line: unknown): PartNote | undefined {
	const { etag } = (line ?? {}) as Partial<PartNote>;
	return typeof etag === 'string' && etag !== '' ? { etag } : undefined;
}
