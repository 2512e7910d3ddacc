import { readBinaryLimits } from '../../../nodes/Masv/platform/binaryLimits';

const mebibyte = 1024 * 1024;
/** Its content is a string of two digits per byte in n8n, after `\x`. */
const longest = (0x1fffffe8 - 2) / 2;

describe('the limits of binary data', () => {
	it.each([
		['files', { DB_TYPE: 'postgresdb', N8N_DEFAULT_BINARY_DATA_MODE: 'filesystem' }, true, longest, Infinity],
		['files, by default', {}, false, Infinity, Infinity],
		['the database in queue mode, by default', { DB_TYPE: 'postgresdb' }, true, longest, longest],
		['PostgreSQL', { DB_TYPE: 'postgresdb', N8N_DEFAULT_BINARY_DATA_MODE: 'database' }, false, longest, longest],
		['SQLite', { N8N_DEFAULT_BINARY_DATA_MODE: 'database' }, false, Infinity, 512 * mebibyte],
		[
			'a database with a limit',
			{ DB_TYPE: 'postgresdb', N8N_BINARY_DATA_DATABASE_MAX_FILE_SIZE: '20' },
			true,
			longest,
			20 * mebibyte,
		],
		[
			'a database with a nonsensical limit',
			{ N8N_DEFAULT_BINARY_DATA_MODE: 'database', N8N_BINARY_DATA_DATABASE_MAX_FILE_SIZE: 'x' },
			false,
			Infinity,
			512 * mebibyte,
		],
	])('are known where n8n keeps it in %s', (_where, env, isQueueMode, read, write) => {
		expect(readBinaryLimits(env, isQueueMode)).toEqual({ read, write });
	});
});
