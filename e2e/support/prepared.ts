/** What is made once for all test files: the packed node package, and the n8n that most of them share. */
export interface Prepared {
	/** Holds everything that a run of the tests makes. */
	folder: string;
	tarball: string;
	url: string;
	pid: number;
	logFile: string;
	/** Where nodes may read files: the folder that n8n allows by itself, `~/.n8n-files`. */
	filesFolder: string;
}

const variable = 'MASV_E2E';

/** For every process that jest starts from now on. */
export function announce(prepared: Prepared): void {
	process.env[variable] = JSON.stringify(prepared);
}

/** @throws Error when jest was started without its configuration for these tests */
export function readPrepared(): Prepared {
	const text = process.env[variable];
	if (text === undefined) throw new Error('Start these tests with "npm run test:e2e".');
	return JSON.parse(text) as Prepared;
}
