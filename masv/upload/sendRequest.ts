import type { LinkRequest } from '../links';
import type { FileSource } from '../transfer/source';
import type { PackageTarget } from '../packages/create';
import type { UploadOptions } from './uploadOptions';

export interface SendRequest extends UploadOptions {
	target: PackageTarget;
	sources: FileSource[];
	/** Absent: no link is made. */
	link?: LinkRequest;
	/** What becomes of the package when something fails after it was created. */
	unfinished: 'keep' | 'delete';
	/** Whose work this is: only a later run with the same scope goes on with it. Absent: none does. */
	scope?: string;
}
