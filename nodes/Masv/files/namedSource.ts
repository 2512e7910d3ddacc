import type { FileSource } from '../../../masv/transfer/source';
/** A source that remembers where it came from, for messages and for finding the same file named twice. */
export type NamedSource = FileSource & { origin: string; location?: string };

/** Each file on disk once per place in the package: items that all name the same path mean the same file. */
export function distinctSources(sources: NamedSource[]): NamedSource[] {
	const seen = new Set<string>();
	return sources.filter((source) => {
		if (source.location === undefined) return true;
		const key = JSON.stringify([source.location, source.path, source.name]);
		return !seen.has(key) && seen.add(key) !== undefined;
	});
}
