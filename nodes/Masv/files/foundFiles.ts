import type { DirectoryFacts } from '../../../masv/transfer/source';
import type { LeftOut } from './leaveOut';
import type { NamedSource } from './namedSource';

/** What an item specifies. */
export interface FoundFiles<S = NamedSource> {
	sources: S[];
	emptyFolders: DirectoryFacts[];
	leftOut: LeftOut[];
}

/** What several items specify for one package. */
export function joinFound<S>(found: ReadonlyArray<FoundFiles<S>>): FoundFiles<S> {
	return {
		sources: found.flatMap(({ sources }) => sources),
		emptyFolders: found.flatMap(({ emptyFolders }) => emptyFolders),
		leftOut: found.flatMap(({ leftOut }) => leftOut),
	};
}
