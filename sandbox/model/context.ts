import type { SandboxOptions } from '../options.ts';
import type { Store } from '../store/store.ts';
import type { Webhooks } from './events.ts';
import type { State } from './state.ts';

/** What every route has access to. */
export interface Context {
	state: State;
	store: Store;
	webhooks: Webhooks;
	apiKey: string;
	/** Signs package tokens. */
	tokenSecret: string;
	/** Clock, in ms since the epoch. */
	now: () => number;
	webhooksAvailable: boolean;
	onlyDocumented: boolean;
	portalArchiveForm: NonNullable<SandboxOptions['portalArchiveForm']>;
	directories: NonNullable<SandboxOptions['directories']>;
	ownerDownloads: boolean;
	signedHeaders: boolean;
	likeSamples: boolean;
	transfers: Required<Pick<NonNullable<SandboxOptions['transfers']>, 'looks' | 'finalizes'>> & { error?: string };
}
