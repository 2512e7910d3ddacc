import type { Account } from './account';
import { AccountNeeded, toAccount } from './account';
import type { CallReport } from './callReport';
import type { MasvApiError } from './errors';
import { MasvCancelledError, MasvConnectionError, MasvError, storageService } from './errors';
import type { RetryOptions, RetryPolicy } from './retry';
import { halfAMinuteOfOutage, retry } from './retry';
import { inTurns } from './inTurns';
import type { Pace, Paces } from './pace';
import { createPaces } from './pace';
import { PackageTokens } from './packageTokens';
import { signedValues } from './redaction/signedValues';
import { Secrets } from './secrets';
import type { Transport, TransportRequest, TransportResponse } from './transport';
import { headerOf } from './transport';
import type { Hashing } from './hashing';
import type { MatchPattern } from './matchPattern';
import type { Clock } from './clock';
import type { Bandwidth } from './transfer/bandwidth';
import type { Guard } from './transfer/guard';
import type { Leases } from './transfer/lease';
import { limitContent } from './transfer/limitContent';
import { isForbidden, isTransient, isUnauthorized, mayHaveSucceeded } from './answers';
import { toBaseUrl, toHeaderText } from './credential';
import { parseJson } from './responseBody';
import type { ApiCall } from './apiCall';
import { toQuery } from './apiCall';
import { escapeUrl } from './escapeUrl';
import { decodeList, decodeResponse, refusePage } from './decodeResponse';
import { toApiError, toStorageError } from './responseErrors';
import { toShown } from './shownText';

/** The list of files of a package is the longest response: about 300 bytes per file. */
const maxResponseBytes = 64 * 1024 * 1024;
const maxStorageResponseBytes = 256 * 1024;
/** Of the text of a long list, in characters: what is hashed at once. */
const hashedLength = 64 * 1024;

export interface ClientOptions {
	baseUrl?: string;
	/** Absent, together with the team: no account. Calls that need one are then refused, and nothing is sent. */
	apiKey?: string;
	teamId?: string;
	/** What seals tokens if there is no API key: a password that whoever continues the work has, too. */
	secret?: string;
	transport: Transport;
	clock: Clock;
	hashing: Hashing;
	/** Default: no pattern is decided. */
	matchPattern?: MatchPattern;
	/** The rates of requests that all clients of the process share. Default: those of this client. */
	paces?: Paces;
	/** Cancels every request and every wait. */
	signal?: AbortSignal;
	/** Called before a call is repeated; the text contains no secrets. */
	onRetry?: (text: string) => void;
	/** Called after each request, successful or not. */
	onCall?: (report: CallReport) => void;
	/** For calls without a policy of their own. Default: half a minute of outage. */
	policy?: RetryPolicy;
	/** Asked before each attempt of a request that may change something. What it throws ends the call. */
	guard?: Guard;
	/** Limits the rate of content to and from the storage. Default: nothing does. */
	bandwidth?: Bandwidth;
	/** Keep others from changing what this client reads and writes back. Default: nothing does. */
	leases?: Leases;
}

/** Calls MASV's control plane, and its storage through pre-signed requests. Lives for one execution. */
export class MasvClient {
	readonly baseUrl: string;
	readonly clock: Clock;
	readonly hashing: Hashing;
	readonly matchPattern: MatchPattern;
	readonly signal: AbortSignal | undefined;
	readonly secrets: Secrets;
	readonly tokens: PackageTokens;
	readonly onRetry: ((text: string) => void) | undefined;
	readonly leases: Leases | undefined;

	readonly #options: ClientOptions;
	readonly #account: Account | undefined;
	readonly #transport: Transport;
	readonly #paces: Paces;
	/** Of MASV itself. */
	readonly #pace: Pace;
	/** One for all calls, of which there may be thousands a second. */
	readonly #onRetry = (error: unknown, attempt: number): void => this.reportRetry(error, attempt);

	/** @param parent a validated client to copy everything from except the signal, the policy and the guard */
	constructor(options: ClientOptions, parent?: MasvClient) {
		this.signal = options.signal;
		this.baseUrl = parent?.baseUrl ?? toBaseUrl(options.baseUrl);
		this.#account = parent === undefined ? toAccount(options) : parent.#account;
		this.#transport = options.transport;
		this.clock = options.clock;
		this.hashing = options.hashing;
		this.matchPattern = options.matchPattern ?? (async () => await Promise.resolve(undefined));
		this.onRetry = options.onRetry;
		this.leases = options.leases;
		this.#options = options;
		this.#paces = options.paces ?? (parent === undefined ? createPaces(options.clock) : parent.#paces);
		this.#pace = this.#paces(this.baseUrl);
		this.secrets = parent?.secrets ?? new Secrets();
		this.tokens = parent?.tokens ?? new PackageTokens();
		this.secrets.add(this.#account?.apiKey);
		this.secrets.add(options.secret);
	}

	/** @throws MasvApiError without an account */
	get teamId(): string {
		if (this.#account === undefined) throw new AccountNeeded('use a team');
		return this.#account.teamId;
	}

	/** Whether there are an API key and a team. */
	get hasAccount(): boolean {
		return this.#account !== undefined;
	}

	/** The same client with another signal; tokens and secrets are shared. */
	withSignal(signal: AbortSignal | undefined): MasvClient {
		return new MasvClient({ ...this.#options, signal }, this);
	}

	/** The same client with another policy, for calls without one of their own. */
	withPolicy(policy: RetryPolicy): MasvClient {
		return new MasvClient({ ...this.#options, policy }, this);
	}

	/** The same client with a limit of the rate of content. */
	withBandwidth(bandwidth: Bandwidth | undefined): MasvClient {
		return new MasvClient({ ...this.#options, bandwidth }, this);
	}

	/**
	 * A client for another server, without the account of this one: an API key is only for the server it was entered for.
	 * @param secret seals what the next run is to find
	 */
	forServer(baseUrl: string, secret: string): MasvClient {
		return new MasvClient({ ...this.#options, baseUrl, apiKey: undefined, teamId: undefined, secret });
	}

	/**
	 * The same client for work that another run may take over. A process that was frozen may wake up in the middle of a call,
	 * and must not go on with what is no longer its own.
	 */
	withGuard(guard: Guard): MasvClient {
		return new MasvClient({ ...this.#options, guard }, this);
	}

	/**
	 * One call to MASV's API, retried under its policy if that may help.
	 * @throws MasvApiError, MasvConnectionError, MasvCancelledError
	 */
	call<T = void>(call: ApiCall<T>): Promise<T> {
		let lost: unknown;
		return retry(
			async (attempt) => {
				if (lost !== undefined && call.recoverResult !== undefined) {
					const found = await call.recoverResult(lost);
					if (found !== undefined) return found;
					lost = undefined;
				}
				try {
					return await this.#callOnce(call, attempt);
				} catch (error) {
					if (mayHaveSucceeded(error)) lost = error;
					throw error;
				}
			},
			{
				policy: this.#policyOf(call),
				clock: this.clock,
				signal: this.signal,
				onRetry: this.#onRetry,
				isTransient:
					call.endsAt === undefined ? isTransient : (error) => isTransient(error) && call.endsAt?.(error) !== true,
			},
		);
	}

	/**
	 * A name for a journal record of this server and team. It reveals none of the facts and cannot be brute-forced: some
	 * facts are guessable (a download password), so the secret is used as the key of the HMAC, if there is one.
	 */
	recordKey(facts: unknown[]): string {
		return this.hashing.hmacSha256(this.#secret ?? '', this.#keyText(facts)).slice(0, 40);
	}

	/** The same key if the last fact is a long list, in turns with other work of the process. @param toFact never undefined */
	async listKey<T>(facts: unknown[], items: readonly T[], toFact: (item: T) => unknown): Promise<string> {
		const hash = this.hashing.hmacSha256Of(this.#secret ?? '');
		let text = `${this.#keyText(facts).slice(0, -1)},[`;
		let separator = '';
		await inTurns(items, this.clock, (item) => {
			text += separator + JSON.stringify(toFact(item));
			separator = ',';
			// In pieces, because all of it takes much memory, and each call takes time.
			if (text.length < hashedLength) return;
			hash.update(text);
			text = '';
		});
		hash.update(`${text}]]`);
		return hash.hex().slice(0, 40);
	}

	#keyText(facts: unknown[]): string {
		return JSON.stringify([this.baseUrl, this.#account?.teamId, ...facts]);
	}

	/** A secret that only those who have the API key know, each time the same. @throws MasvApiError without an account */
	derivedSecret(facts: unknown[]): string {
		if (this.#account === undefined) throw new AccountNeeded('derive a secret');
		return this.hashing.hmacSha256(this.#account.apiKey, this.#keyText(['secret', ...facts]));
	}

	/** A name for a lease that runs with any credentials share. It reveals the facts to whoever guesses them. */
	leaseKey(facts: unknown[]): string {
		return this.hashing.hmacSha256('', JSON.stringify(facts)).slice(0, 40);
	}

	/** Whether there is an API key or a secret, without which nothing secret is noted for the next run. */
	get canSeal(): boolean {
		return this.#secret !== undefined;
	}

	/** Encrypts a package token for the journal. @returns undefined without an API key or a secret */
	seal(token: string): string | undefined {
		return this.#secret === undefined ? undefined : this.hashing.seal(this.#secret, token);
	}

	/** @returns undefined if it was sealed with another secret */
	unseal(sealed: string): string | undefined {
		return this.#secret === undefined ? undefined : this.hashing.unseal(this.#secret, sealed);
	}

	get #secret(): string | undefined {
		const { secret } = this.#options;
		return this.#account?.apiKey ?? (secret === '' ? undefined : secret);
	}

	/** Repeats several requests together, as {@link call} repeats one. @throws the last error; MasvCancelledError */
	retry<T>(
		task: (attempt: number) => Promise<T>,
		options: Pick<RetryOptions, 'policy' | 'isTransient' | 'spent'>,
	): Promise<T> {
		return retry(task, { ...options, clock: this.clock, signal: this.signal, onRetry: this.#onRetry });
	}

	reportRetry(error: unknown, attempt: number): void {
		this.onRetry?.(`${error instanceof Error ? error.message : 'Failed'} (attempt ${attempt}, retrying)`);
	}

	#policyOf({ policy = this.#options.policy ?? halfAMinuteOfOutage }: ApiCall<unknown>): RetryPolicy {
		return policy;
	}

	#packageTokenOf({ authorization }: ApiCall<unknown>): string | undefined {
		return authorization?.kind === 'package' ? this.tokens.successorOf(authorization.token) : undefined;
	}

	/** @param rejection its cause becomes what went wrong */
	async #hasNewToken(rejected: string, policy: RetryPolicy, rejection: MasvApiError): Promise<boolean> {
		try {
			return (await this.tokens.renew(rejected, { signal: this.signal, policy })) !== undefined;
		} catch (error) {
			if (!(error instanceof MasvError) || error instanceof MasvCancelledError) throw error;
			rejection.cause ??= error;
			return false;
		}
	}

	/** One attempt. If MASV rejects a package token, it is looked up once, and the request is sent with the new one. */
	async #callOnce<T>(call: ApiCall<T>, attempt: number): Promise<T> {
		const sent = this.#packageTokenOf(call);
		try {
			return this.#resultOf(call, await this.#sendCall(call, attempt));
		} catch (error) {
			if (sent === undefined || (!isUnauthorized(error) && !isForbidden(error))) throw error;
			if (!(await this.#hasNewToken(sent, this.#policyOf(call), error as MasvApiError))) throw error;
		}
		return this.#resultOf(call, await this.#sendCall(call, attempt));
	}

	#sendCall(call: ApiCall<unknown>, attempt: number): Promise<TransportResponse> {
		const request: TransportRequest = {
			operation: call.operation,
			method: call.method,
			url: `${this.baseUrl}${call.path}${toQuery(call.query)}`,
			headers: {
				// Required on every POST and PUT, even without a body: docs/masv-api.md#content-type
				'content-type': 'application/json',
				accept: 'application/json',
				// Without it, a server may choose any coding (RFC 9110, 12.5.3), and none is decoded.
				'accept-encoding': 'identity',
				...this.#authorize(call),
			},
			body: call.body === undefined ? undefined : JSON.stringify(call.body),
			signal: this.signal,
			maxResponseBytes,
		};
		return this.#send(request, attempt, this.#pace, (rejection) => toApiError(call, rejection, this));
	}

	/** @throws MasvConnectionError if the response is not what MASV documents */
	#resultOf<T>(call: ApiCall<T>, response: TransportResponse): T | Promise<T> {
		const { schema, join } = call;
		if (schema !== undefined && join !== undefined) return decodeList(call, schema, join, response, this);
		const result = schema === undefined ? undefined : decodeResponse(call, schema, response, this.baseUrl);
		if (call.expectNoContent === true && response.status !== 204) {
			const { status, text } = response;
			const isPage = call.schema === undefined && text.trim() !== '' && parseJson(text) === undefined;
			throw new MasvConnectionError(
				`Could not ${call.operation}. MASV responded with ${status} instead of the documented 204`,
				{ code: isPage ? 'response_malformed' : 'response_undocumented', status },
			);
		}
		if (schema === undefined) refusePage(call, response, this.baseUrl);
		return result as T;
	}

	#authorize({ operation, authorization = { kind: 'apiKey' } }: ApiCall<unknown>): Record<string, string> {
		switch (authorization.kind) {
			case 'apiKey':
				if (this.#account === undefined) throw new AccountNeeded(operation);
				return { 'x-api-key': this.#account.apiKey };
			case 'package': {
				const token = this.tokens.successorOf(authorization.token);
				this.secrets.add(token);
				return { 'x-package-token': token };
			}
			case 'portal':
				// No API key: a portal may belong to another team. docs/masv-api.md#request-headers
				if (authorization.accessCode === undefined) return {};
				this.secrets.add(authorization.accessCode);
				return { 'x-access-code': escapeUrl(authorization.accessCode) };
			case 'link':
				if (authorization.password === undefined) return {};
				this.secrets.add(authorization.password);
				return { 'x-link-password': toHeaderText(authorization.password) };
		}
	}

	/**
	 * One pre-signed request to the storage, without retries. Sends what the blueprint contains, and neither the API key nor
	 * a token. The URL must be HTTPS, unless the base URL is HTTP itself: docs/masv-api.md#blueprints
	 * @param attempt which attempt of the caller this is, from 1
	 */
	async storage(
		operation: string,
		request: Pick<TransportRequest, 'method' | 'url' | 'headers' | 'body' | 'content'>,
		attempt = 1,
	): Promise<TransportResponse> {
		this.#checkStorageUrl(operation, request.url);
		const whole = { ...request, operation, signal: this.signal, maxResponseBytes: maxStorageResponseBytes };
		const { bandwidth } = this.#options;
		const limited = bandwidth === undefined ? whole : limitContent(whole, bandwidth);
		const pace = this.#paces(request.url);
		const sending = this.#send(limited, attempt, pace, (rejection) =>
			toStorageError(operation, request, rejection, this),
		);
		return await sending.catch((error: unknown) => {
			if (error instanceof MasvConnectionError) error.facts.service = storageService;
			throw error;
		});
	}

	/**
	 * The only place that sends requests, so that each of them waits for its turn, is checked and is reported.
	 * @param toError for a response that is no success
	 */
	async #send(
		request: TransportRequest,
		attempt: number,
		pace: Pace,
		toError: (rejection: TransportResponse) => MasvApiError,
	): Promise<TransportResponse> {
		const turn = pace.turn(this.signal);
		if (turn !== undefined) await turn;
		// After the wait, during which another run may have taken over.
		const { guard } = this.#options;
		const checked = request.method === 'GET' ? undefined : guard?.check();
		if (checked !== undefined) await checked;
		const startedAt = this.clock.now();
		let response: TransportResponse | undefined;
		try {
			response = await this.#transport(request);
		} finally {
			this.#report(request, response, startedAt, attempt);
		}
		if (response.status >= 200 && response.status <= 299) {
			pace.succeeded(startedAt);
			return response;
		}
		const error = toError(response);
		pace.failed(error, startedAt);
		throw error;
	}

	#report(
		request: TransportRequest,
		response: TransportResponse | undefined,
		startedAt: number,
		attempt: number,
	): void {
		const { onCall } = this.#options;
		if (onCall === undefined) return;
		const requestId = response && (headerOf(response, 'x-request-id') ?? headerOf(response, 'x-amz-request-id'));
		onCall({
			operation: request.operation,
			status: response?.status,
			durationMs: this.clock.now() - startedAt,
			attempt,
			requestId: requestId === undefined ? undefined : toShown(this.secrets, requestId, 100, signedValues(request)),
		});
	}

	#checkStorageUrl(operation: string, url: string): void {
		if (/^https:\/\//i.test(url) || (/^http:\/\//i.test(url) && this.baseUrl.startsWith('http:'))) return;
		throw new MasvConnectionError(`Could not ${operation}. MASV returned a storage URL that is not HTTPS`, {
			code: 'storage_url_not_https',
			transient: false,
			hint: 'Nothing was sent there.',
		});
	}
}
