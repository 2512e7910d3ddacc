import type { RangeSource } from '../../masv/transfer/source';
import type { NamedSource } from '../../nodes/Masv/files/namedSource';

/** The content of a source that can be read by range. */
export async function bytesOf(source: NamedSource): Promise<string> {
	const reader = await (source as RangeSource).open();
	const into = new Uint8Array(source.bytes);
	await reader.read(into, 0);
	reader.close();
	return Buffer.from(into).toString();
}

/** Folder and name of each source in the package. */
export const placesOf = (sources: NamedSource[]) => sources.map(({ path, name }) => [path, name]);
