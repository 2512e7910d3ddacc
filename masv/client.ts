import type { z } from 'zod';

import type { CallReport } from './callReport';
import { MasvApiError, MasvCancelledError, MasvConnectionError, MasvError } from './errors';
import type { RetryPolicy } from './retry';
import { halfAMinuteOfOutage, parseRetryAfter, retry } from './retry';
import { errorBodySchema } from './schemas';
import { PackageTokens } from './packageTokens';
import { redirectOf, repeatUrlOf } from './redirect';
import { signedValues } from './redaction/signedValues';
import { Secrets } from './secrets';
import type { Transport, TransportRequest, TransportResponse } from './transport';
import { headerOf } from './transport';
import type { Hashing } from './hashing';
import type { MatchPattern } from './matchPattern';
import type { Clock } from './clock';
import type { Guard } from './transfer/guard';
import { isForbidden, isUnauthorized, mayHaveSucceeded } from './answers';
import { toBaseUrl, checkApiKey, checkTeamId } from './credential';
import { parseJson, describeUnknownBody, hostOf } from './responseBody';
import { apiErrorCode, storageErrorCode } from './apiErrorCode';
import type { Authorization, ApiCall } from './apiCall';
import { toQuery } from './apiCall';
import { xmlElement } from './xmlElement';

/** The list of files of a package is the longest response: about 300 bytes per file. */
const maxResponseBytes = 64 * 1024 * 1024;
const maxStorageResponseBytes = 256 * 1024;
const maxShownLength = 500;
/** Far more than is shown, so that what is truncated here is not shown. */
const maxRedactedLength = 64 * 1024;

interface Decoded<T> {
	status: number;
	result: T;
	/** Whether the body is there, but is not JSON. */
	isPage: boolean;
}

export interface ClientOptions {
	baseUrl?: string;
	apiKey: string;
	teamId: string;
	transport: Transport;
	clock: Clock;
	hashing: Hashing;
	/** Default: no pattern is decided. */
	matchPattern?: MatchPattern;
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
}

/** Calls MASV's control plane, and its storage through pre-signed requests. Lives for one execution. */
export class MasvClient {
	readonly teamId: string;
	readonly baseUrl: string;
	readonly clock: Clock;
	readonly hashing: Hashing;
	readonly matchPattern: MatchPattern;
	readonly signal: AbortSignal | undefined;
	readonly secrets: Secrets;
	readonly tokens: PackageTokens;
	readonly onRetry: ((text: string) => void) | undefined;

	readonly #options: ClientOptions;
	readonly #apiKey: string;
	readonly #transport: Transport;

	/** @param parent a validated client to copy everything from except the signal, the policy and the guard */
	constructor(options: ClientOptions, parent?: MasvClient) {
		this.signal = options.signal;
		this.baseUrl = parent?.baseUrl ?? toBaseUrl(options.baseUrl);
		this.#apiKey = parent === undefined ? checkApiKey(options.apiKey) : parent.#apiKey;
		this.teamId = parent?.teamId ?? checkTeamId(options.teamId);
		this.#transport = options.transport;
		this.clock = options.clock;
		this.hashing = options.hashing;
		this.matchPattern = options.matchPattern ?? (async () => await Promise.resolve(undefined));
		this.onRetry = options.onRetry;
		this.#options = options;
		this.secrets = parent?.secrets ?? new Secrets();
		this.tokens = parent?.tokens ?? new PackageTokens();
		if (parent === undefined) this.secrets.add(this.#apiKey);
	}

	/** The same client with another signal; tokens and secrets are shared. */
	withSignal(signal: AbortSignal | undefined): MasvClient {
		return new MasvClient({ ...this.#options, signal }, this);
	}

	/** The same client with another policy, for calls without one of their own. */
	withPolicy(policy: RetryPolicy): MasvClient {
		return new MasvClient({ ...this.#options, policy }, this);
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
	async call<T = void>(call: ApiCall<T>): Promise<T> {
		let lost: unknown;
		return await retry(
			async (attempt) => {
				if (lost !== undefined && call.recoverResult !== undefined) {
					const found = await call.recoverResult(lost);
					if (found !== undefined) return found;
					lost = undefined;
				}
				await this.#checkGuard(call.method);
				try {
					const { status, result, isPage } = await this.#callRenewed(call, attempt);
					if (call.expectNoContent === true && status !== 204) {
						throw new MasvConnectionError(
							`Could not ${call.operation}. MASV responded with ${status} instead of the documented 204`,
							{ code: isPage ? 'response_malformed' : 'response_undocumented', status },
						);
					}
					return result;
				} catch (error) {
					if (mayHaveSucceeded(error)) lost = error;
					throw error;
				}
			},
			{
				policy: call.policy ?? this.#options.policy ?? halfAMinuteOfOutage,
				clock: this.clock,
				signal: this.signal,
				onRetry: (error, attempt) => this.reportRetry(error, attempt),
			},
		);
	}

	/**
	 * A name for a journal record of this server and team. It reveals none of the facts and cannot be brute-forced: some
	 * facts are guessable (a download password), so the API key is used as the key of the HMAC.
	 */
	recordKey(facts: unknown[]): string {
		const key = JSON.stringify([this.baseUrl, this.teamId, ...facts]);
		return this.hashing.hmacSha256(this.#apiKey, key).slice(0, 40);
	}

	/** Encrypts a package token for the journal, with the API key as the secret. */
	seal(token: string): string {
		return this.hashing.seal(this.#apiKey, token);
	}

	/** @returns undefined if it was sealed with another API key */
	unseal(sealed: string): string | undefined {
		return this.hashing.unseal(this.#apiKey, sealed);
	}

	reportRetry(error: unknown, attempt: number): void {
		this.onRetry?.(`${error instanceof Error ? error.message : 'Failed'} (attempt ${attempt}, retrying)`);
	}

	/** One attempt. If MASV rejects a package token, it is looked up once, and the request is sent with the new one. */
	async #callRenewed<T>(call: ApiCall<T>, attempt: number): Promise<Decoded<T>> {
		const token = call.authorization?.kind === 'package' ? call.authorization.token : undefined;
		const sent = token === undefined ? undefined : this.tokens.successorOf(token);
		try {
			return await this.#callOnce(call, attempt);
		} catch (error) {
			if (sent === undefined || (!isUnauthorized(error) && !isForbidden(error))) throw error;
			if (!(await this.#hasNewToken(sent, error as MasvApiError))) throw error;
			await this.#checkGuard(call.method);
			return await this.#callOnce(call, attempt);
		}
	}

	/** @param rejection its cause becomes what went wrong */
	async #hasNewToken(rejected: string, rejection: MasvApiError): Promise<boolean> {
		try {
			return (await this.tokens.renew(rejected, this.signal)) !== undefined;
		} catch (error) {
			if (!(error instanceof MasvError) || error instanceof MasvCancelledError) throw error;
			rejection.cause ??= error;
			return false;
		}
	}

	async #callOnce<T>(call: ApiCall<T>, attempt: number): Promise<Decoded<T>> {
		const request: TransportRequest = {
			operation: call.operation,
			method: call.method,
			url: `${this.baseUrl}${call.path}${toQuery(call.query)}`,
			headers: {
				// Required on every POST and PUT, even without a body: docs/masv-api.md#content-type
				'content-type': 'application/json',
				accept: 'application/json',
				...this.#authorize(call.authorization ?? { kind: 'apiKey' }),
			},
			body: call.body === undefined ? undefined : JSON.stringify(call.body),
			signal: this.signal,
			maxResponseBytes,
		};
		const response = await this.#send(request, attempt);
		if (response.status < 200 || response.status > 299) throw this.#toApiError(call, response);
		const { status } = response;
		if (call.schema !== undefined) return { status, result: this.#decode(call, call.schema, response), isPage: false };
		const isPage = response.text.trim() !== '' && parseJson(response.text) === undefined;
		return { status, result: undefined as T, isPage };
	}

	#authorize(authorization: Authorization): Record<string, string> {
		switch (authorization.kind) {
			case 'apiKey':
				return { 'x-api-key': this.#apiKey };
			case 'package': {
				const token = this.tokens.successorOf(authorization.token);
				this.secrets.add(token);
				return { 'x-package-token': token };
			}
			case 'portal':
				// No API key: a portal may belong to another team. docs/masv-api.md#request-headers
				if (authorization.accessCode === undefined) return {};
				this.secrets.add(authorization.accessCode);
				return { 'x-access-code': encodeURIComponent(authorization.accessCode) };
		}
	}

	#decode<T>(call: ApiCall<T>, schema: z.ZodType<T>, response: TransportResponse): T {
		const json = parseJson(response.text);
		const isEmpty = response.text.trim() === '';
		const empty = isEmpty ? schema.safeParse(undefined) : undefined;
		if (empty?.success === true) return empty.data;
		if (json === undefined) {
			const what = isEmpty ? 'an empty body' : 'a body that is not JSON';
			throw new MasvConnectionError(
				`Could not ${call.operation}. ${hostOf(this.baseUrl)} responded with ${response.status} and ${what}`,
				{
					code: 'response_malformed',
					// A page from a proxy does not show how the server would have responded.
					status: isEmpty ? response.status : undefined,
				},
			);
		}
		const decoded = schema.safeParse(json);
		if (decoded.success) return decoded.data;
		const where = decoded.error.issues[0]?.path.join('.') ?? '';
		throw new MasvConnectionError(
			`Could not ${call.operation}. The response from ${hostOf(this.baseUrl)} does not match what MASV documents${where === '' ? '' : ` (at "${where}")`}`,
			{ code: 'response_undocumented', status: response.status },
		);
	}

	#toApiError(call: ApiCall<unknown>, response: TransportResponse): MasvApiError {
		const json = parseJson(response.text);
		const body = errorBodySchema.safeParse(json).data;
		const details = [body?.message, ...(body?.errors ?? []).map((entry) => entry.msg ?? entry.message), body?.error]
			.filter((text): text is string => text !== undefined && text.trim() !== '')
			.filter((text, index, all) => all.indexOf(text) === index);
		const redirect = redirectOf(response, `${this.baseUrl}${call.path}`);
		const redirectedTo = redirect === undefined ? undefined : `${redirect.origin}${redirect.pathname}`;
		if (redirectedTo !== undefined) details.unshift(`it redirects to ${redirectedTo}`);
		if (details.length === 0) details.push(...describeUnknownBody(response, json));
		const serviceCode = body?.code ?? body?.errors?.[0]?.code;
		const requestId = headerOf(response, 'x-request-id');
		return new MasvApiError({
			code:
				redirectedTo === undefined
					? apiErrorCode(response.status, call.authorization?.kind ?? 'apiKey')
					: 'base_url_redirected',
			// Not followed: an API key is sent only to a server that someone has entered.
			hint:
				redirectedTo === undefined
					? undefined
					: `If that is your MASV server, set the base URL to ${this.#toShown(redirectedTo.replace(call.path, ''))}.`,
			operation: call.operation,
			service: 'MASV',
			status: response.status,
			serviceCode: serviceCode === undefined ? undefined : this.#toShown(String(serviceCode), 100),
			details: details.map((text) => this.#toShown(text)),
			retryAfterMs: parseRetryAfter(headerOf(response, 'retry-after'), this.clock.now()),
			requestId: requestId === undefined ? undefined : this.#toShown(requestId, 100),
		});
	}

	/**
	 * One pre-signed request to the storage, without retries. Sends what the blueprint contains, and neither the API key nor
	 * a token. The URL must be HTTPS, unless the base URL is HTTP itself: docs/masv-api.md#blueprints
	 */
	async storage(
		operation: string,
		request: Pick<TransportRequest, 'method' | 'url' | 'headers' | 'body' | 'content'>,
	): Promise<TransportResponse> {
		this.#checkStorageUrl(operation, request.url);
		await this.#checkGuard(request.method);
		const whole = { ...request, operation, signal: this.signal, maxResponseBytes: maxStorageResponseBytes };
		const response = await this.#send(whole);
		if (response.status >= 200 && response.status <= 299) return response;
		const also = signedValues(request);
		const serviceCode = xmlElement(response.text, 'Code');
		const detail = [serviceCode, xmlElement(response.text, 'Message')].filter((text) => text !== undefined).join(': ');
		const requestId = headerOf(response, 'x-amz-request-id');
		throw new MasvApiError({
			code: storageErrorCode(response.status),
			operation,
			service: 'MASV storage',
			status: response.status,
			serviceCode: serviceCode === undefined ? undefined : this.#toShown(serviceCode, 100, also),
			details: (detail === '' ? describeUnknownBody(response, undefined) : [detail]).map((text) =>
				this.#toShown(text, maxShownLength, also),
			),
			retryAfterMs: parseRetryAfter(headerOf(response, 'retry-after'), this.clock.now()),
			requestId: requestId === undefined ? undefined : this.#toShown(requestId, 100, also),
			redirectUrl: repeatUrlOf(response, request.url),
		});
	}

	async #checkGuard(method: string): Promise<void> {
		if (method !== 'GET') await this.#options.guard?.check();
	}

	/** The only place that sends requests, so that each of them is reported. */
	async #send(request: TransportRequest, attempt?: number): Promise<TransportResponse> {
		const startedAt = this.clock.now();
		let response: TransportResponse | undefined;
		try {
			response = await this.#transport(request);
			return response;
		} finally {
			this.#report(request, response, this.clock.now() - startedAt, attempt);
		}
	}

	#report(
		request: TransportRequest,
		response: TransportResponse | undefined,
		durationMs: number,
		attempt: number | undefined,
	): void {
		const { onCall } = this.#options;
		if (onCall === undefined) return;
		const requestId = response && (headerOf(response, 'x-request-id') ?? headerOf(response, 'x-amz-request-id'));
		onCall({
			operation: request.operation,
			status: response?.status,
			durationMs,
			attempt,
			requestId: requestId === undefined ? undefined : this.#toShown(requestId, 100, signedValues(request)),
		});
	}

	/** A server's text without secrets. It is redacted before it is truncated: a short piece of one is not recognized. */
	#toShown(text: string, maxLength = maxShownLength, also: readonly string[] = []): string {
		return this.secrets.redact(text.slice(0, maxRedactedLength), { also }).slice(0, maxLength);
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
