import type { MasvErrorCode } from './errorCodes';

/** What an error is about, as far as a program may want to know it: file, part, status, limit. */
export type ErrorFacts = Record<string, string | number | boolean | undefined>;

export interface MasvErrorOptions {
	code: MasvErrorCode;
	facts?: ErrorFacts;
	hint?: string;
	cause?: unknown;
}

/**
 * Everything this package throws on purpose. `message` says what happened, `hint` what to do next in MASV or with a file;
 * what to do in n8n is said by nodeErrors.ts. None of them ever holds an API key, a package token, an access code, a link
 * secret or the query of a pre-signed URL.
 */
export class MasvError extends Error {
	override name = 'MasvError';

	readonly code: MasvErrorCode;
	readonly facts: ErrorFacts;
	hint: string | undefined;

	constructor(message: string, options: MasvErrorOptions) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = options.code;
		this.facts = options.facts ?? {};
		this.hint = options.hint;
	}

	/** Says one thing more about what to do next. */
	addHint(text: string): void {
		this.hint = this.hint === undefined ? text : `${this.hint} ${text}`;
	}
}

export interface ApiErrorOptions {
	code: MasvErrorCode;
	/** What was asked for, as people say it: "create the package". */
	operation: string;
	/** Who answered: MASV's control plane or the storage behind its pre-signed URLs. */
	service: 'MASV' | 'MASV storage';
	status: number;
	/** MASV's `code`, or the storage's `<Code>`. */
	serviceCode?: string;
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
	readonly serviceCode: string | undefined;
	readonly details: string[];
	readonly retryAfterMs: number | undefined;
	readonly requestId: string | undefined;

	constructor(options: ApiErrorOptions) {
		const { code, operation, service, status, details, hint } = options;
		const reason = details.length > 0 ? `: ${details.join('; ')}` : '';
		super(`Could not ${operation}. ${service} responded with ${status}${reason}`, { code, facts: { status }, hint });
		this.operation = operation;
		this.service = service;
		this.status = status;
		this.serviceCode = options.serviceCode;
		this.details = details;
		this.retryAfterMs = options.retryAfterMs;
		this.requestId = options.requestId;
	}
}

/** No usable answer: nothing came, it broke off, or it was not what MASV documents. */
export class MasvConnectionError extends MasvError {
	override name = 'MasvConnectionError';

	/** The request may have been carried out although no answer proves it. */
	readonly mayHaveSucceeded: boolean;
	/** Another try may help. False for a certificate that does not fit, for example. */
	readonly transient: boolean;
	/** Of an answer that came, but cannot be used. */
	readonly status: number | undefined;

	constructor(
		message: string,
		options: MasvErrorOptions & { mayHaveSucceeded?: boolean; transient?: boolean; status?: number },
	) {
		super(message, { ...options, facts: { ...options.facts, status: options.status } });
		this.mayHaveSucceeded = options.mayHaveSucceeded ?? true;
		this.transient = options.transient ?? true;
		this.status = options.status;
	}
}

/** One file could not be sent. */
export class MasvTransferError extends MasvError {
	override name = 'MasvTransferError';

	readonly file: string;
	readonly partNumber: number | undefined;

	constructor(message: string, options: MasvErrorOptions & { file: string; partNumber?: number }) {
		super(message, { ...options, facts: { ...options.facts, file: options.file, part: options.partNumber } });
		this.file = options.file;
		this.partNumber = options.partNumber;
	}
}

/** The user asked for something impossible. Thrown before anything is sent wherever that can be known. */
export class MasvInputError extends MasvError {
	override name = 'MasvInputError';

	/** Which value is wrong: a name that nodeErrors.ts gives a label to, or the label itself. */
	readonly field: string;

	constructor(message: string, options: MasvErrorOptions & { field: string }) {
		super(message, options);
		this.field = options.field;
	}
}

/** The work was stopped from outside (n8n's stop button, a timeout of the workflow). */
export class MasvCancelledError extends MasvError {
	override name = 'MasvCancelledError';

	constructor(cause?: unknown) {
		super('The work was stopped before it was complete', { code: 'cancelled', cause });
	}
}

/** Throws when the work was stopped from outside. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
	if (signal?.aborted !== true) return;
	if (signal.reason instanceof MasvError) throw signal.reason;
	throw new MasvCancelledError(signal.reason);
}
