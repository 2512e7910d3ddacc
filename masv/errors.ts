/**
 * Everything this package throws on purpose. `message` says what happened, `hint` what to do next.
 * Neither ever holds an API key, a package token, an access code, a link secret or the query of a pre-signed URL.
 */
export class MasvError extends Error {
	override name = 'MasvError';

	hint: string | undefined;

	constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.hint = options.hint;
	}

	/** Says one thing more about what to do next. */
	addHint(text: string): void {
		this.hint = this.hint === undefined ? text : `${this.hint} ${text}`;
	}
}

export interface ApiErrorFacts {
	/** What was asked for, as people say it: "create the package". */
	operation: string;
	/** Who answered: MASV's control plane or the storage behind its pre-signed URLs. */
	service: 'MASV' | 'MASV storage';
	status: number;
	/** MASV's `code`, or the storage's `<Code>`. */
	code?: string;
	/** MASV's `message` and `errors[].msg`, or the storage's `<Message>`; already freed of secrets. */
	details: string[];
	/** From `Retry-After`, in milliseconds. */
	retryAfterMs?: number;
	requestId?: string;
	hint?: string;
}

/** MASV or its storage answered no. */
export class MasvApiError extends MasvError {
	override name = 'MasvApiError';

	readonly operation: string;
	readonly service: 'MASV' | 'MASV storage';
	readonly status: number;
	readonly code: string | undefined;
	readonly details: string[];
	readonly retryAfterMs: number | undefined;
	readonly requestId: string | undefined;

	constructor(facts: ApiErrorFacts) {
		const said = facts.details.length > 0 ? `: ${facts.details.join('; ')}` : '';
		super(`Could not ${facts.operation}. ${facts.service} answered ${facts.status}${said}`, { hint: facts.hint });
		this.operation = facts.operation;
		this.service = facts.service;
		this.status = facts.status;
		this.code = facts.code;
		this.details = facts.details;
		this.retryAfterMs = facts.retryAfterMs;
		this.requestId = facts.requestId;
	}
}

/** No usable answer: nothing came, it broke off, or it was not what MASV documents. */
export class MasvConnectionError extends MasvError {
	override name = 'MasvConnectionError';

	/** The request may have been carried out although no answer proves it. */
	readonly maybeDone: boolean;
	/** Another try may help. False for a certificate that does not fit, for example. */
	readonly transient: boolean;
	/** Of an answer that came, but cannot be used. */
	readonly status: number | undefined;

	constructor(
		message: string,
		options: { hint?: string; cause?: unknown; maybeDone?: boolean; transient?: boolean; status?: number } = {},
	) {
		super(message, options);
		this.maybeDone = options.maybeDone ?? true;
		this.transient = options.transient ?? true;
		this.status = options.status;
	}
}

/** One file could not be sent. */
export class MasvUploadError extends MasvError {
	override name = 'MasvUploadError';

	readonly file: string;
	readonly partNumber: number | undefined;
	/** Where it makes a difference to what follows. */
	readonly reason: 'changed' | 'no ETag' | undefined;

	constructor(
		message: string,
		options: {
			file: string;
			partNumber?: number;
			reason?: MasvUploadError['reason'];
			hint?: string;
			cause?: unknown;
		},
	) {
		super(message, options);
		this.file = options.file;
		this.partNumber = options.partNumber;
		this.reason = options.reason;
	}
}

/** The user asked for something impossible. Thrown before anything is sent wherever that can be known. */
export class MasvInputError extends MasvError {
	override name = 'MasvInputError';

	/** The field as the user sees it, e.g. "Recipients". */
	readonly field: string;

	constructor(message: string, options: { field: string; hint?: string; cause?: unknown }) {
		super(message, options);
		this.field = options.field;
	}
}

/** The work was stopped from outside (n8n's stop button, a timeout of the workflow). */
export class MasvCancelledError extends MasvError {
	override name = 'MasvCancelledError';

	constructor(cause?: unknown) {
		super('The execution was stopped before the work was done', { cause });
	}
}

/** Throws when the work was stopped from outside. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
	if (signal?.aborted !== true) return;
	if (signal.reason instanceof MasvError) throw signal.reason;
	throw new MasvCancelledError(signal.reason);
}
