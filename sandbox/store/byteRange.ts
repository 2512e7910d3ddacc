import { StoreFailure } from './storeFailure.ts';

export interface ByteRange {
	first: number;
	/** Inclusive. */
	last: number;
}

/**
 * One range of a `Range` header (RFC 9110, 14.1.2). `undefined` = the whole object: no header, a unit other than bytes, or
 * several ranges, which S3 does not serve.
 * @throws StoreFailure InvalidRange when it lies outside the object
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
