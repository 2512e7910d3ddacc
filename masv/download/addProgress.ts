import { MasvError } from '../errors';

/** Says in the error of a file how far the others have come. @returns the error */
export function addProgress(reason: unknown, received: number, wanted: number): unknown {
	if (reason instanceof MasvError && wanted > 1) {
		reason.addHint(`${received} of ${wanted} files were received. Run this again to receive the others.`);
	}
	return reason;
}
