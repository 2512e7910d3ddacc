/** An error of the storage, with the code Amazon S3 uses ("Error responses" in the S3 API reference). */
export class StoreFailure extends Error {
	readonly status: number;
	readonly code: string;

	constructor(status: number, code: string, message: string) {
		super(message);
		this.name = 'StoreFailure';
		this.status = status;
		this.code = code;
	}
}

export function noSuchUpload(): StoreFailure {
	return new StoreFailure(
		404,
		'NoSuchUpload',
		'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
	);
}

export function noSuchKey(): StoreFailure {
	return new StoreFailure(404, 'NoSuchKey', 'The specified key does not exist.');
}
