import { StoreFailure } from './storeFailure.ts';

export interface ByteRange {
	first: number;
	/** Inclusive. */
	last: number;
}

/**
 * The range in a `Range` header (RFC 9110, 14.1.2). `undefined` = the whole object: there is no header, its unit is not
 * bytes, or it has several ranges, which S3 does not support.
 * @throws StoreFailure InvalidRange if it lies outside the object
 */
export function readRange(header: string | undefined, bytes: number): ByteRange | undefined {
	const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
	if (match === null || (match[1] === '' && match[2] === '')) return undefined;
	const [, from = '', to = ''] = match;
	const first = from === '' ? Math.max(bytes - Number(to), 0) : Number(from);
	const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
	if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
	if (first >= bytes || (from === '' && Number(to) === 0)) {
		throw new StoreFailure(416, 'InvalidRange', 'The requested range is not satisfiable');
	}
	return { first, last };
}
