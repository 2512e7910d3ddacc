import type { MasvClient } from '../../masv/client';
import type { RetryPolicy } from '../../masv/retry';
import { fifteenMinutesOfOutage } from '../../masv/retry';
import type { PackageAccess } from '../../masv/transfer/packageAccess';
import type { FileSource } from '../../masv/transfer/source';
import { noOthers } from '../../masv/upload/reconcile';
import type { FileJob } from '../../masv/upload/uploadFiles';
import type { KnownFiles } from '../../masv/upload/uploadRun';

/** Access to the package P1 with the token `token-1`. */
export function accessTo(client: MasvClient, policy: RetryPolicy = fifteenMinutesOfOutage): PackageAccess {
	return { client, packageId: 'P1', token: 'token-1', policy };
}

/** Nothing is known about a package that this delivery created. */
export function nothingKnown(): KnownFiles {
	return {
		isOwnPackage: true,
		isClosed: false,
		ownIds: new Set(),
		others: noOthers,
		intents: new Map(),
		lostPlaces: new Set(),
		notebook: undefined,
	};
}

/** Sends each file from its start. */
export function allOf(sources: FileSource[]): FileJob[] {
	return sources.map((source) => ({ source, start: { kind: 'send' } }));
}
