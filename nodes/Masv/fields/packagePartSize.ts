import type { PackageTarget } from '../../../masv/packages/create';

const mebibyte = 1024 * 1024;

/** For packages to which files are uploaded later. */
export const packagePartSize = {
	displayName: 'Part Size (MiB)',
	name: 'partSize',
	type: 'number',
	typeOptions: { minValue: 5, maxValue: 5120 },
	default: 32,
	description:
		'Size of the parts in which files are uploaded to this package. File > Upload uses it unless it has a part size of its own.',
} as const;

/** @param mebibytes undefined: MASV's default */
export function withPartSize(target: PackageTarget, mebibytes: number | undefined): PackageTarget {
	if (mebibytes === undefined) return target;
	const size = { chunk_size: mebibytes * mebibyte };
	return target.kind === 'team'
		? { ...target, request: { ...target.request, ...size } }
		: { ...target, request: { ...target.request, ...size } };
}
