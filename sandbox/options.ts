export interface SandboxOptions {
	/** Default 127.0.0.1. */
	host?: string;
	/** Port of the API; default 0 = any free port. */
	port?: number;
	/** Port of the embedded store; default 0 = any free port. */
	storagePort?: number;
	/** Private key and certificate of the embedded store, in PEM, so that it speaks HTTPS. Default: HTTP. */
	storageTls?: { key: string; cert: string };
	/** Default: generated, with punctuation like real keys. */
	apiKey?: string;
	/** Default: generated. */
	teamId?: string;
	/** Where file contents are stored; default: a new folder in the system's temporary folder, deleted by close(). */
	folder?: string;
	/** A real S3 endpoint instead of the embedded store. Faults cannot be injected into its storage steps. */
	s3?: { endpoint: string; accessKeyId: string; secretAccessKey: string; region?: string; bucket?: string };
	/**
	 * If true, the embedded store's ETags are not MD5s, as with server-side encryption with KMS keys ("Object" in the S3 API
	 * reference, under ETag). Default false.
	 */
	opaqueEtags?: boolean;
	/**
	 * If true, blueprints have headers that are part of the signature, so that a request without them is refused (MASV docs,
	 * Uploads, "Blueprint object", which has no sample). Default false: no headers.
	 */
	signedHeaders?: boolean;
	/**
	 * If true, lists look like the samples of the documentation where these differ from its tables: the paths of files begin with
	 * a slash and their times are of another zone, and what a portal or a received package does not have is absent (MASV docs,
	 * Portals). Default false.
	 */
	likeSamples?: boolean;
	/** Lifetime of pre-signed URLs; default 3600 (MASV's value is not documented). */
	urlLifetimeSeconds?: number;
	/** If true, routes that only MASV's own code uses (one package, inbox, one portal, activities) return 404. */
	onlyDocumented?: boolean;
	/**
	 * Which of the two contradictory documented forms of archiving a portal's packages is accepted
	 * (docs/masv-api.md#contradictions): `post` = the sample request (bulk), `put` = the route table (one package),
	 * default `both`.
	 */
	portalArchiveForm?: 'post' | 'put' | 'both';
	/**
	 * What adding a `directory` does, which is not documented (docs/masv-api.md#adding-a-file): `accepted` (default) = it is
	 * there at once; `refused` = 400; `asFiles` = the response has a create blueprint, and the directory must be uploaded and
	 * finalized like an empty file; `unfinished` = there is no blueprint, and it keeps the package from being finalized.
	 */
	directories?: 'accepted' | 'refused' | 'asFiles' | 'unfinished';
	/**
	 * If true, the token of the package itself opens downloads, too. The documentation names links as the only way (MASV docs,
	 * Overview; docs/masv-api.md#downloading), hence the default false.
	 */
	ownerDownloads?: boolean;
	/**
	 * Transfers to storages and from them, of which little is documented (docs/masv-api.md#storage-connections-and-transfers):
	 * how often one is looked at before it ends (default 0: it has ended in the response to its start), whether it fails with
	 * this text, and whether MASV finalizes a package that was filled from a storage (default true).
	 */
	transfers?: { looks?: number; error?: string; finalizes?: boolean };
	/** If false, webhooks are not enabled for the team and creating one returns 403. Default true. */
	webhooks?: boolean;
	/** Delays between the up to five attempts of a delivery, in ms. */
	webhookRetryDelaysMs?: number[];
	/** Clock in ms since the epoch; default Date.now. */
	now?: () => number;
}
