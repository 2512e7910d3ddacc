import type { DirectLinkRequest } from '../links';
import type { TeamPackageRequest } from '../packages/create';
import type { UploadOptions } from '../upload/uploadOptions';
import type { StorageSource } from './transfers';

/** Files of a storage that MASV transfers into a new package. */
export interface PullRequest extends Pick<UploadOptions, 'journal' | 'leases' | 'scope' | 'ifRunning' | 'onWarning'> {
	connectionId: string;
	/** At least one. */
	sources: StorageSource[];
	package: TeamPackageRequest;
	/** MASV emails this address when the transfer is complete. */
	notifyEmail?: string;
	/** Absent: no link. */
	link?: DirectLinkRequest;
	/** How long to wait until the package is complete, in milliseconds. Undefined: MASV only starts the transfer. */
	timeoutMs: number | undefined;
	/** Identifies this run: one that is started again gets the same package. */
	run: string;
}
