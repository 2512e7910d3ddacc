import type { Blueprint } from '../schemas';
import type { PackageEntry } from './selectFiles';

/** A file, and how people know it. */
export type AddressedFile = Pick<PackageEntry, 'id' | 'path' | 'name'>;

/** What one run may download. */
export interface DownloadAccess {
	packageId: string;
	/** Lists the files. */
	token: string;
	/** The pre-signed request for a file. Ask again when it has expired. */
	address(file: AddressedFile): Promise<Blueprint>;
	/**
	 * Takes back what was made for this run. Call it at the end, whatever happened. Never throws.
	 * @returns what the user should know
	 */
	end(): Promise<string[]>;
}
