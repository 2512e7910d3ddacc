import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { selfSigned } from '../../test/support/selfSigned.ts';
import { N8nClient } from '../n8n/N8nClient.ts';
import { installN8n } from '../n8n/installN8n.ts';
import { packTarball } from '../n8n/packTarball.ts';
import { type RunningN8n, startN8n } from '../n8n/startN8n.ts';
import { announce } from './prepared.ts';

let n8n: RunningN8n | undefined;
let folder: string | undefined;

/** Runs before all test files: packs the package and starts the shared n8n. */
export default async function setUp({ rootDir: root }: { rootDir: string }): Promise<void> {
	const report = (line: string): void => void process.stderr.write(`${line}\n`);
	folder = await mkdtemp(join(await realpath(tmpdir()), 'masv-e2e-'));
	try {
		// Allows testing an existing tarball, such as the one about to be published.
		const tarball = process.env.MASV_TARBALL ?? (await packTarball({ root, into: folder, report }));
		const install = await installN8n({ folder: join(root, 'e2e', '.n8n'), report });
		const userFolder = join(folder, 'n8n');
		const filesFolder = join(userFolder, '.n8n-files');
		const storageTls = selfSigned();
		const trust = { NODE_EXTRA_CA_CERTS: join(folder, 'storage.pem') };
		await writeFile(trust.NODE_EXTRA_CA_CERTS, storageTls.cert);
		n8n = await startN8n({
			install,
			userFolder,
			packageTarball: tarball,
			// Devices are allowed, so that the node itself has to reject them.
			filesFolder: [filesFolder, '/dev'],
			// The most verbose log, because the tests search all of it for secrets.
			env: { N8N_LOG_LEVEL: 'debug', ...trust },
			log: report,
		});
		const { url, pid, logFile } = n8n;
		const client = new N8nClient(url);
		await client.login();
		announce({ folder, tarball, url, session: client.session, pid, logFile, filesFolder, storageTls, trust });
	} catch (error) {
		await tearDown();
		throw error;
	}
}

export async function tearDown(): Promise<void> {
	await n8n?.stop();
	if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
