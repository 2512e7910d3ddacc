import type { PackageFile, State } from './state.ts';

/** Bytes (MASV docs, Uploads: "The default chunk size is 100 MiB"). */
const defaultChunkBytes = 100 * 1024 ** 2;

/** Number of the last part, computed from the announced size and chunk size, or the highest one requested so far. */
export function lastPartOf(state: State, file: PackageFile): number | undefined {
	const announced = [file.chunk_size, state.packages.get(file.package_id)?.chunk_size].find(
		(bytes) => (bytes ?? 0) > 0,
	);
	if (announced === undefined && file.partsAsked > 0) return file.partsAsked;
	if (file.size !== undefined) return Math.max(1, Math.ceil(file.size / (announced ?? defaultChunkBytes)));
	return file.partsAsked > 0 ? file.partsAsked : undefined;
}
