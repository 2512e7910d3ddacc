import type { LinkRequest } from '../links';
import type { FileSource } from '../transfer/source';
import type { PackageTarget } from '../packages/create';
import type { UploadOptions } from './uploadOptions';

export interface SendRequest extends UploadOptions {
	target: PackageTarget;
	sources: FileSource[];
	/** Without it, no link is created. */
	link?: LinkRequest;
	/** What to do with the package if something fails after its creation. */
	unfinished: 'keep' | 'delete';
	/** Only a run with the same scope resumes this one. Without it, the upload cannot be resumed. */
	scope?: string;
}
