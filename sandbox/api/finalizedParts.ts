import { z } from 'zod';
import { invalid } from '../model/errors.ts';
import { maxParts } from '../store/limits.ts';
import type { ListedPart, StoredPart } from '../store/store.ts';

/**
 * Body of "finalize file" (MASV docs, Uploads). Older pages and three clients use `partNumber`
 * (docs/masv-api.md#finalizing-a-file).
 */
export const finalizeFileBody = z.object({
	chunk_extras: z.array(
		z
			.object({ part_number: z.string().optional(), partNumber: z.string().optional(), etag: z.string().min(1) })
			.refine((part) => (part.part_number ?? part.partNumber) !== undefined, 'part_number is required'),
	),
	file_extras: z.object({ upload_id: z.string().min(1) }),
	size: z.int().min(0),
	chunk_size: z.int().min(1).optional(),
});

export type FinalizeFileBody = z.infer<typeof finalizeFileBody>;

/**
 * The parts listed by a client, checked against those in the storage. The list has "information about all chunks", so
 * the numbers run from 1 without gaps. ETags may be quoted or not, because clients send both (docs/masv-api.md#etags).
 * The sizes of the parts add up to `size`; if `chunk_size` is given, every part except the last has exactly that size.
 * @throws ApiFailure 400 naming the field
 */
export function toListedParts(body: FinalizeFileBody, stored: StoredPart[]): ListedPart[] {
	const { chunk_extras: extras, size, chunk_size: chunkBytes } = body;
	// S3 cannot complete an upload without parts, so an empty file is one empty part. The docs do not mention empty
	// files.
	if (extras.length === 0)
		throw invalid('chunk_extras', 'at least one chunk is required; an empty file has one empty chunk');
	if (extras.length > maxParts) throw invalid('chunk_extras', `a file has at most ${maxParts} chunks`);
	const storedByNumber = new Map(stored.map((part) => [part.number, part]));
	const parts = extras.map((extra, index) => {
		const number = extra.part_number ?? extra.partNumber;
		if (number !== String(index + 1)) {
			throw invalid('chunk_extras', `part numbers must ascend from 1: "${number}" is at position ${index + 1}`);
		}
		const part = storedByNumber.get(index + 1);
		if (part === undefined) throw invalid('chunk_extras', `part ${number} has not been uploaded`);
		if (extra.etag !== part.etag && `"${extra.etag}"` !== part.etag) {
			throw invalid('chunk_extras', `the etag of part ${number} does not match`);
		}
		return part;
	});
	requireSizes(parts, size, chunkBytes);
	return parts.map(({ number, etag }) => ({ number, etag }));
}

function requireSizes(parts: StoredPart[], size: number, chunkBytes: number | undefined): void {
	const total = parts.reduce((sum, part) => sum + part.bytes, 0);
	if (total !== size) throw invalid('size', `size is ${size}, but the uploaded chunks total ${total} bytes`);
	if (chunkBytes === undefined) return;
	const odd = parts.find(
		(part) => part.bytes > chunkBytes || (part.number < parts.length && part.bytes !== chunkBytes),
	);
	if (odd !== undefined) {
		throw invalid('chunk_size', `chunk_size is ${chunkBytes}, but part ${odd.number} is ${odd.bytes} bytes`);
	}
}
