export interface SandboxOptions {
	/** Default 127.0.0.1. */
	host?: string;
	/** Of the API; default 0 = a free one. */
	port?: number;
	/** Of the embedded store; default 0 = a free one. */
	storagePort?: number;
	/** Default: made up, with punctuation, as real keys have. */
	apiKey?: string;
	/** Default: made up. */
	teamId?: string;
	/** Where the bytes go; default: a fresh folder below the system's temporary folder, removed at close(). */
	folder?: string;
	/** A real S3 endpoint instead of the embedded store. Faults of storage steps cannot strike there. */
	s3?: { endpoint: string; accessKeyId: string; secretAccessKey: string; region?: string; bucket?: string };
	/** Of pre-signed URLs; default 3600 (not documented). */
	urlLifetimeSeconds?: number;
	/** True: routes that only MASV's own code uses (one package, inbox, one portal, activities) answer 404. */
	onlyDocumented?: boolean;
	/**
	 * The two contradictory documented forms of archiving a portal's packages (docs/masv-api.md#contradictions): `post` = the sample
	 * request (bulk), `put` = the route table (one package), default `both`.
	 */
	portalArchiveForm?: 'post' | 'put' | 'both';
	/** False: the team lacks the feature and creating a webhook answers 403. Default true. */
	webhooks?: boolean;
	/** Pauses between the up to five attempts of a delivery, in ms. */
	webhookRetryDelaysMs?: number[];
	/** Clock in ms since the epoch; default Date.now. */
	now?: () => number;
}
