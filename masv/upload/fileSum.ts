import type { FileSource } from '../transfer/source';

/** The MD5 of a whole file, taken from what is read of it for its upload. */
export interface FileSum<S extends FileSource> {
	/** To be used instead of the file. */
	source: S;
	/**
	 * The sum. What nobody has read in order until now is read for it; all of it again, if the file may have changed since it was
	 * opened or since the last call.
	 * @throws MasvTransferError `file_changed`, or if the file cannot be read
	 */
	finish(): Promise<string>;
	/** Lets go of the file. */
	release(): void;
}
