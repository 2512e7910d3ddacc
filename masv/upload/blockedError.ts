import type { MasvErrorCode } from '../errorCodes';
import { MasvInputError } from '../errors';
import type { Decision, Reason } from './reconcile';

const codes: Record<Reason, MasvErrorCode> = {
	different: 'package_file_different',
	duplicate: 'package_file_different',
	unfinished: 'package_file_unfinished',
	unknown: 'package_file_unknown',
	unproven: 'package_file_unknown',
};

const descriptions: Record<Reason, string> = {
	different: 'which is not the file to upload',
	duplicate: 'which is another copy of the file to upload',
	unfinished: 'which is unfinished and may be the upload of someone else',
	unknown: 'and MASV does not say whether it is complete',
	unproven: 'and the notes of earlier uploads, which show whether it is the file to upload, cannot be read',
};

const otherPlace = 'Upload to another folder of the package or to a new package, or rename the file.';

const hints: Record<Reason, string> = {
	different: otherPlace,
	duplicate: otherPlace,
	unfinished: 'Wait until that upload has finished, or upload to a new package.',
	unknown: otherPlace,
	unproven: 'Run this again once the folder with the notes can be read.',
};

/** For an entry in the package that is in the way and must not be touched. */
export function blockedError(
	packageId: string,
	{ by, reason }: Extract<Decision, { kind: 'blocked' }>,
): MasvInputError {
	return new MasvInputError(`Package ${packageId} already contains "${by.place}" (${by.id}), ${descriptions[reason]}`, {
		code: codes[reason],
		field: 'package',
		facts: { file: by.place, file_id: by.id },
		hint: hints[reason],
	});
}

/** For a place to which another delivery is uploading a file. */
export function claimedError(packageId: string, place: string): MasvInputError {
	return new MasvInputError(`Another execution is already uploading "${place}" to package ${packageId}`, {
		code: 'delivery_running',
		field: 'ifUploadRunning',
		facts: { file: place },
	});
}
