import type { z } from 'zod';

import type { CallReport } from './callReport';
import { MasvApiError, MasvConnectionError } from './errors';
import type { RetryPolicy } from './retry';
import { halfAMinuteOfOutage, parseRetryAfter, retry } from './retry';
import { errorBodySchema } from './schemas';
import { Secrets } from './secrets';
import type { Transport, TransportRequest, TransportResponse } from './transport';
import { headerOf } from './transport';
import type { Hashing } from './hashing';
import type { Clock } from './clock';
import type { Guard } from './transfer/guard';
import { mayHaveSucceeded } from './answers';
import { toBaseUrl, checkApiKey, checkTeamId } from './credential';
import { parseJson, describeUnknownBody, hostOf } from './responseBody';
import { apiErrorCode, storageErrorCode } from './apiErrorCode';
import type { Authorization, ApiCall } from './apiCall';
import { toQuery } from './apiCall';

/** The list of files of a package is the longest response: about 300 bytes per file. */
const maxResponseBytes = 64 * 1024 * 1024;
const maxStorageResponseBytes = 256 * 1024;

export interface ClientOptions {
	baseUrl?: string;
	apiKey: string;
	teamId: string;
	transport: Transport;
	clock: Clock;
	hashing: Hashing;
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
	readonly signal: AbortSignal | undefined;
	readonly secrets: Secrets;
	/** Tokens of this run by package ID. Never stored: docs/masv-api.md#package-tokens */
	readonly tokens: Map<string, string>;
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
		this.onRetry = options.onRetry;
		this.#options = options;
		this.secrets = parent?.secrets ?? new Secrets();
		this.tokens = parent?.tokens ?? new Map<string, string>();
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
					const { status, result, isPage } = await this.#callOnce(call, attempt);
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

	async #callOnce<T>(call: ApiCall<T>, attempt: number): Promise<{ status: number; result: T; isPage: boolean }> {
		const response = await this.#send(
			{
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
			},
			attempt,
		);
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
			case 'package':
				this.secrets.add(authorization.token);
				return { 'x-package-token': authorization.token };
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
		if (details.length === 0) details.push(...describeUnknownBody(response, json));
		const serviceCode = body?.code ?? body?.errors?.[0]?.code;
		const requestId = headerOf(response, 'x-request-id');
		return new MasvApiError({
			code: apiErrorCode(response.status, call.authorization?.kind ?? 'apiKey'),
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
		request: Pick<TransportRequest, 'method' | 'url' | 'headers' | 'body'>,
	): Promise<TransportResponse> {
		this.#checkStorageUrl(operation, request.url);
		await this.#checkGuard(request.method);
		const whole = { ...request, operation, signal: this.signal, maxResponseBytes: maxStorageResponseBytes };
		const response = await this.#send(whole);
		if (response.status >= 200 && response.status <= 299) return response;
		const serviceCode = /<Code>([^<]*)<\/Code>/.exec(response.text)?.[1];
		const message = /<Message>([^<]*)<\/Message>/.exec(response.text)?.[1];
		const detail = [serviceCode, message].filter((text) => text !== undefined && text !== '').join(': ');
		throw new MasvApiError({
			code: storageErrorCode(response.status),
			operation,
			service: 'MASV storage',
			status: response.status,
			serviceCode,
			details: (detail === '' ? describeUnknownBody(response, undefined) : [detail]).map((text) => this.#toShown(text)),
			retryAfterMs: parseRetryAfter(headerOf(response, 'retry-after'), this.clock.now()),
			requestId: headerOf(response, 'x-amz-request-id'),
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
			this.#report(request.operation, response, this.clock.now() - startedAt, attempt);
		}
	}

	#report(
		operation: string,
		response: TransportResponse | undefined,
		durationMs: number,
		attempt: number | undefined,
	): void {
		const { onCall } = this.#options;
		if (onCall === undefined) return;
		const requestId = response && (headerOf(response, 'x-request-id') ?? headerOf(response, 'x-amz-request-id'));
		onCall({
			operation,
			status: response?.status,
			durationMs,
			attempt,
			requestId: requestId === undefined ? undefined : this.#toShown(requestId, 100),
		});
	}

	/** A server's text without secrets. It is redacted before it is truncated, because half a secret is not recognized. */
	#toShown(text: string, maxLength = 500): string {
		return this.secrets.redact(text).slice(0, maxLength);
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
