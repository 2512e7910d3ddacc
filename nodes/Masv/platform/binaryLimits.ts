/** What n8n can keep and read as binary data, where it is in the database. In bytes; Infinity where n8n has no limit of its own. */
export interface BinaryLimits {
	/** Of what is already in the database. */
	read: number;
	/** Of new binary data, wherever n8n keeps it. */
	write: number;
}

const mebibyte = 1024 * 1024;

/** V8's longest string. From PostgreSQL, n8n gets binary data as one, with two digits per byte after a prefix of two. */
const longestString = 0x1fffffe8;
const postgresBytes = (longestString - 2) / 2;

/** n8n's default for N8N_BINARY_DATA_DATABASE_MAX_FILE_SIZE. */
const defaultMaxMebibytes = 512;

/**
 * n8n reads a file from the database as a whole. From PostgreSQL, a longer one is never returned: the execution would not end.
 * @param isQueueMode n8n's default is the database then, and its storage folder otherwise
 */
export function readBinaryLimits(env: NodeJS.ProcessEnv, isQueueMode: boolean): BinaryLimits {
	const read = env.DB_TYPE?.trim() === 'postgresdb' ? postgresBytes : Infinity;
	const mode = env.N8N_DEFAULT_BINARY_DATA_MODE?.trim() ?? '';
	const isDatabase = mode === 'database' || (mode === '' && isQueueMode);
	if (!isDatabase) return { read, write: Infinity };
	const given = Number(env.N8N_BINARY_DATA_DATABASE_MAX_FILE_SIZE ?? defaultMaxMebibytes);
	// n8n does not start with anything else.
	const maxMebibytes = Number.isFinite(given) && given > 0 ? given : defaultMaxMebibytes;
	return { read, write: Math.min(read, maxMebibytes * mebibyte) };
}
