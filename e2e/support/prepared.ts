import type { BrowserSession } from '../n8n/N8nSession.ts';

/** Created once for all test files: the packed node package, and the n8n that most files share. */
export interface Prepared {
	/** Contains all files that a test run creates. */
	folder: string;
	tarball: string;
	url: string;
	/** The owner's, for all test files: n8n refuses a sixth login within a minute. */
	session: BrowserSession;
	pid: number;
	logFile: string;
	/** Where nodes may read files: `~/.n8n-files`, the folder that n8n allows by default. */
	filesFolder: string;
	/** For a storage that speaks TLS. Private key and certificate, in PEM. */
	storageTls: { key: string; cert: string };
	/** Settings of an n8n that trusts this certificate. */
	trust: { NODE_EXTRA_CA_CERTS: string };
}

const variable = 'MASV_E2E';

/** Passes this to every process that jest starts from now on. */
export function announce(prepared: Prepared): void {
	process.env[variable] = JSON.stringify(prepared);
}

/** @throws Error if jest was started without the configuration for these tests */
export function readPrepared(): Prepared {
	const text = process.env[variable];
	if (text === undefined) throw new Error('Run these tests with "npm run test:e2e".');
	return JSON.parse(text) as Prepared;
}
