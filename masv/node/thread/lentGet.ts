import { MasvConnectionError, toCancellation } from '../../errors';
import type { LentFile, ResponseContent, TransportRequest, TransportResponse } from '../../transport';
import { toConnectionError } from '../connectionFailure';
import { HttpFailure, InvalidResponse } from '../httpFailure';
import { NotPlain } from '../responseReader';
import type { Stoppable } from '../stopOnAbort';
import { stopOnAbort } from '../stopOnAbort';
import type { FromThread, Moved, ThreadFailure, ToThread } from './messages';
import { NoThread } from './noThread';

/** A file may be written for two seconds after it was asked, so it is asked again in time. */
const askAgainMs = 500;
/** However long the answer takes, half a second of these two is left: with a slow disk for leases, nothing could ever be written. */
const oldestAnswerMs = 1_500;

/** The content may be written by others. */
export type LendingRequest = TransportRequest & { content: ResponseContent & Required<Pick<ResponseContent, 'lend'>> };

type AboutRequest = Exclude<FromThread, { kind: 'pong' }>;

/** One request, as seen by the thread that asked for it: decides about the response, and hears how the file grows. */
export class LentGet implements Stoppable {
	readonly #id: number;
	readonly #request: LendingRequest;
	readonly #post: (message: ToThread) => void;
	readonly #resolve: (response: TransportResponse) => void;
	readonly #reject: (error: unknown) => void;
	readonly #stopListening: () => void;
	#lent: LentFile | undefined;
	#wantsSums = false;
	#permittedAt = 0;
	/** Why nothing more is to be written. The request fails with it when the thread has said that it has stopped. */
	#failure: { error: unknown } | undefined;
	#isSettled = false;

	constructor(
		id: number,
		request: LendingRequest,
		post: (message: ToThread) => void,
		resolve: (response: TransportResponse) => void,
		reject: (error: unknown) => void,
	) {
		this.#id = id;
		this.#request = request;
		this.#post = post;
		this.#resolve = resolve;
		this.#reject = reject;
		this.#stopListening = stopOnAbort(request.signal, this);
	}

	/** The signal has aborted. Nobody waits until the thread has stopped; until then, the file stays lent. */
	fail(reason: unknown): void {
		this.#cancel(toCancellation(reason));
		this.#settle(() => this.#reject(toCancellation(reason)));
	}

	/** @returns whether the thread is done with it */
	on(message: AboutRequest): boolean {
		switch (message.kind) {
			case 'head':
				this.#onHead(message);
				return false;
			case 'moved':
				this.#account(message);
				if (Math.abs(Date.now() - this.#permittedAt) >= askAgainMs) void this.#permit();
				return false;
			case 'askPermission':
				void this.#permit();
				return false;
			case 'end':
				this.#account(message);
				this.#end(() => {
					if (this.#failure !== undefined) return this.#reject(this.#failure.error);
					const { status, headers, text } = message;
					this.#resolve({ status, headers, text });
				});
				return true;
			case 'failed':
				this.#account(message);
				this.#end(() => this.#rejectWith(message));
				return true;
		}
	}

	/** The thread has ended. */
	abandon(): void {
		this.#end(() => this.#reject(this.#failure?.error ?? this.#lostError()));
	}

	/** What has not begun can be done in another way. */
	#lostError(): Error {
		if (this.#lent === undefined) return new NoThread();
		return toConnectionError(new HttpFailure('UND_ERR_SOCKET'), this.#request, undefined);
	}

	/**
	 * The thread hangs in a call to the disk, in which it may still write. What has not begun is not to begin once it goes on: it is
	 * done in another way.
	 */
	stall(error: unknown): void {
		const lent = this.#lent;
		if (lent === undefined) {
			this.#cancel(new NoThread());
			return this.#settle(() => this.#reject(this.#failure?.error));
		}
		this.#settle(() => void lent.explain(error).catch(this.#reject));
	}

	#onHead({ status, headers }: Extract<FromThread, { kind: 'head' }>): void {
		if (this.#failure !== undefined) return;
		const { content } = this.#request;
		try {
			if (!content.takes({ status, headers })) return this.#cancel(new NotPlain());
			this.#lent = content.lend();
		} catch (error) {
			return this.#cancel(error);
		}
		const { file, position, end, bufferBytes, blockBytes } = this.#lent;
		this.#wantsSums = blockBytes !== undefined;
		void this.#ask((permittedAt) => ({
			kind: 'write',
			id: this.#id,
			order: { file, position, end, bufferBytes, blockBytes, permittedAt },
		}));
	}

	async #permit(): Promise<void> {
		await this.#ask((permittedAt) => ({ kind: 'permit', id: this.#id, permittedAt }));
	}

	/** Whether the file may be written. */
	async #ask(message: (permittedAt: number) => ToThread): Promise<void> {
		if (this.#failure !== undefined) return;
		const askedAt = Date.now();
		this.#permittedAt = askedAt;
		try {
			await this.#lent?.check();
		} catch (error) {
			return this.#cancel(error);
		}
		if (this.#failure === undefined) this.#post(message(Math.max(askedAt, Date.now() - oldestAnswerMs)));
	}

	#account({ arrived, written, sums }: Moved): void {
		const lent = this.#lent;
		if (lent === undefined || this.#isSettled) return;
		try {
			for (const [position, md5] of sums) lent.summed(position, md5);
			if (arrived > 0) lent.arrived(arrived);
			const admits = written === 0 || lent.written(written);
			if (!admits && this.#wantsSums) this.#post({ kind: 'stopSums', id: this.#id });
			this.#wantsSums &&= admits;
		} catch (error) {
			this.#cancel(error);
		}
	}

	#cancel(error: unknown): void {
		if (this.#failure === undefined) this.#post({ kind: 'cancel', id: this.#id });
		this.#failure ??= { error };
	}

	#rejectWith({ failure, status }: Extract<FromThread, { kind: 'failed' }>): void {
		if (this.#failure !== undefined) return this.#reject(this.#failure.error);
		if (failure.kind !== 'write') return this.#reject(this.#toError(failure, status));
		const error = Object.assign(new Error(failure.message), { code: failure.code });
		void this.#lent?.explain(error).catch(this.#reject);
	}

	#toError(failure: Exclude<ThreadFailure, { kind: 'write' }>, status: number | undefined): Error {
		switch (failure.kind) {
			case 'notPlain':
				return new NotPlain();
			case 'response': {
				const { message, code, transient } = failure;
				return new MasvConnectionError(message, { code, transient });
			}
			case 'invalidResponse':
				return toConnectionError(new InvalidResponse(), this.#request, status);
			case 'connection':
				return toConnectionError(Object.assign(new Error(), { code: failure.code }), this.#request, status);
		}
	}

	/** The thread does not touch the file any more. */
	#end(settle: () => void): void {
		this.#lent?.giveBack();
		this.#settle(settle);
	}

	#settle(settle: () => void): void {
		if (this.#isSettled) return;
		this.#isSettled = true;
		this.#stopListening();
		settle();
	}
}
