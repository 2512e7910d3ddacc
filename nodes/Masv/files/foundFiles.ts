import type { DirectoryFacts } from '../../../masv/transfer/source';
import type { LeftOut } from './leaveOut';
import type { NamedSource } from './namedSource';

/** What an item specifies. */
export interface FoundFiles {
	sources: NamedSource[];
	emptyFolders: DirectoryFacts[];
	leftOut: LeftOut[];
}

/** What several items specify for one package. */
export function joinFound(found: readonly FoundFiles[]): FoundFiles {
	return {
		sources: found.flatMap(({ sources }) => sources),
		emptyFolders: found.flatMap(({ emptyFolders }) => emptyFolders),
		leftOut: found.flatMap(({ leftOut }) => leftOut),
	};
}
