import type { MasvErrorCode } from './errorCodes';
import { joinSentences } from './joinSentences';

/** Details of an error for programs: status, file, part, outcome. */
export type ErrorFacts = Record<string, string | number | boolean | undefined>;

export interface MasvErrorOptions {
	code: MasvErrorCode;
	facts?: ErrorFacts;
	hint?: string;
	cause?: unknown;
}

/**
 * Base class of all errors that masv/ throws on purpose. `message` says what happened, `hint` what to do about it in MASV
 * or with a file; the nodes add what to do in n8n, by `code`. Neither ever contains an API key, a package token, an access
 * code, a link secret or the query of a pre-signed URL.
 */
export class MasvError extends Error {
	override name = 'MasvError';

	readonly code: MasvErrorCode;
	/** What becomes known later is added. */
	facts: ErrorFacts;
	hint: string | undefined;

	constructor(message: string, options: MasvErrorOptions) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = options.code;
		this.facts = options.facts ?? {};
		this.hint = options.hint;
	}

	/** Appends a sentence to the hint. */
	addHint(text: string): void {
		this.hint = this.hint === undefined ? text : joinSentences([this.hint, text]);
	}
}

/** Where responses come from: MASV's control plane, or the storage behind its pre-signed URLs. */
export const storageService = 'MASV storage';
type Service = 'MASV' | typeof storageService;

export interface ApiErrorOptions {
	code: MasvErrorCode;
	/** What was requested, in plain words: "create the package". */
	operation: string;
	service: Service;
	status: number;
	/** MASV's `code`, or the storage's `<Code>`. */
	serviceCode?: string;
	/** MASV's `message` and `errors[].msg`, or the storage's `<Message>`, without secrets. */
	details: string[];
	/** From `Retry-After`, in milliseconds. */
	retryAfterMs?: number;
	requestId?: string;
	hint?: string;
	/** Where the storage redirects a pre-signed request. */
	redirectUrl?: string;
}

/** MASV or its storage rejected a request. */
export class MasvApiError extends MasvError {
	override name = 'MasvApiError';

	readonly operation: string;
	readonly service: Service;
	readonly status: number;
	readonly serviceCode: string | undefined;
	readonly details: string[];
	readonly retryAfterMs: number | undefined;
	readonly requestId: string | undefined;
	/** Contains a signature, so it must not be among the properties that loggers print. */
	readonly #redirectUrl: string | undefined;

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
		this.#redirectUrl = options.redirectUrl;
	}

	/** Where the storage redirects a pre-signed request, if that is allowed. */
	get redirectUrl(): string | undefined {
		return this.#redirectUrl;
	}
}

/** No usable response: none arrived, it was incomplete, or it does not match what MASV documents. */
export class MasvConnectionError extends MasvError {
	override name = 'MasvConnectionError';

	/** Whether MASV may have executed the request, although no response proves it. */
	readonly mayHaveSucceeded: boolean;
	/** Whether a retry may succeed. False for an untrusted certificate, for example. */
	readonly transient: boolean;
	/** The status of a response that arrived but is not usable. */
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

/** A file could not be transferred. */
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

/** The input is invalid or impossible to carry out. Thrown before anything is sent if that can be known. */
export class MasvInputError extends MasvError {
	override name = 'MasvInputError';

	/** The invalid value: a name that the nodes translate into a label, or the label itself. */
	readonly field: string;

	constructor(message: string, options: MasvErrorOptions & { field: string }) {
		super(message, options);
		this.field = options.field;
	}
}

/** The work was cancelled from outside, for example by a user or a timeout. */
export class MasvCancelledError extends MasvError {
	override name = 'MasvCancelledError';

	constructor(cause?: unknown) {
		super('The operation was canceled', { code: 'cancelled', cause });
	}
}

/** @throws MasvCancelledError, or the reason of the signal if that is a MasvError, when the signal has aborted */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
	if (signal?.aborted === true) throw toCancellation(signal.reason);
}

/** The error of what was canceled. @param reason of the signal */
export function toCancellation(reason: unknown): MasvError {
	return reason instanceof MasvError ? reason : new MasvCancelledError(reason);
}
