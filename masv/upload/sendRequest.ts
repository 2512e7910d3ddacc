import type { DirectLinkRequest } from '../links';
import type { PackageTarget } from '../packages/create';
import type { Guard } from '../transfer/guard';
import type { DirectoryFacts, FileSource } from '../transfer/source';
import type { UploadOptions } from './uploadOptions';

export interface SendRequest extends UploadOptions {
	target: PackageTarget;
	sources: FileSource[];
	/** Folders in which no file is. Those that no file creates are registered with MASV. */
	directories?: readonly DirectoryFacts[];
	/** Name of a list of the MD5s of all files, which is added as the last one. Without it, there is no such list. */
	md5List?: string;
	/** Without it, no link is created. */
	link?: DirectLinkRequest;
	/** What to do with the package if something fails after its creation. */
	unfinished: 'keep' | 'delete';
	/**
	 * Identifies a delivery that is sent once: if it was sent before, that package is the result. Letters and digits. Default:
	 * deliveries are identified by their files, where they go, and `scope`, and each execution sends them again
	 */
	key?: string;
	/** Of the job that this delivery belongs to: once it is lost, this run must not send anything. */
	jobGuard?: Guard;
	/** Identifies the execution. If it asks again after its package was sent, that package is the result. */
	run?: string;
}
