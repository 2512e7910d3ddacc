import type { ZodError } from 'zod';

/** One entry of `errors` in MASV's error body (docs/masv-api.md#error-bodies). `field` is one of its "extra" keys. */
export interface ValidationError {
	code: string;
	msg: string;
	type: 'validation_failed';
	field?: string;
}

/** An error response of the API; `controlPlane.ts` sends it as MASV's error body. */
export class ApiFailure extends Error {
	readonly status: number;
	readonly errors: ValidationError[];

	constructor(status: number, message: string, errors: ValidationError[] = []) {
		super(message);
		this.name = 'ApiFailure';
		this.status = status;
		this.errors = errors;
	}

	/**
	 * `{code, message, errors?}` (docs/masv-api.md#error-bodies). The values of `code` are not documented. The HTTP
	 * status stands in for them, so that no client relies on an invented code.
	 */
	toBody(): { code: number; message: string; errors?: ValidationError[] } {
		const body = { code: this.status, message: this.message };
		return this.errors.length > 0 ? { ...body, errors: this.errors } : body;
	}
}

export function badRequest(message: string): ApiFailure {
	return new ApiFailure(400, message);
}

/** A field of the body or the query is invalid: 400 with one entry in `errors`. */
export function invalid(field: string, msg: string, code = 'invalid'): ApiFailure {
	return new ApiFailure(400, `validation failed: ${msg}`, [{ code, msg, type: 'validation_failed', field }]);
}

export function unauthorized(message: string): ApiFailure {
	return new ApiFailure(401, message);
}

export function forbidden(message: string): ApiFailure {
	return new ApiFailure(403, message);
}

export function notFound(what: string): ApiFailure {
	return new ApiFailure(404, `${what} not found`);
}

/** Every issue found in a request body as one entry of `errors`. */
export function invalidBody(error: ZodError): ApiFailure {
	const errors = error.issues.map((issue): ValidationError => {
		const field = issue.path.join('.');
		const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
		const msg = missing ? `${field} is required` : `${field === '' ? 'body' : field}: ${issue.message}`;
		return { code: missing ? 'required' : 'invalid', msg, type: 'validation_failed', field };
	});
	return new ApiFailure(400, `validation failed: ${errors.map((entry) => entry.msg).join('; ')}`, errors);
}
