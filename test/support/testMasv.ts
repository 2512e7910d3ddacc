import type { ClientOptions } from '../../masv/client';
import { MasvClient } from '../../masv/client';
import type { Sandbox, SandboxOptions } from '../../sandbox/start';
import { startSandbox } from '../../sandbox/start';
import { patientTimeouts } from './patientTimeouts';
import { instantClock } from './instantClock';
import { createDispatcher } from '../../masv/node/dispatcher';
import { nodeHashing } from '../../masv/node/nodeHashing';
import { createTransport } from '../../masv/node/undiciTransport';

export interface TestMasv {
	sandbox: Sandbox;
	/** A client for the sandbox, with a clock that never waits. */
	client: (options?: Partial<ClientOptions>) => MasvClient;
	close(): Promise<void>;
}

/** Starts a sandbox. `close` also closes the connections of its clients. */
export async function startTestMasv(options: SandboxOptions = {}): Promise<TestMasv> {
	const endpoint = process.env.SANDBOX_S3_ENDPOINT;
	const sandbox = await startSandbox({
		...(endpoint !== undefined && {
			s3: {
				endpoint,
				accessKeyId: process.env.SANDBOX_S3_KEY_ID ?? '',
				secretAccessKey: process.env.SANDBOX_S3_SECRET_KEY ?? '',
			},
		}),
		...options,
	});
	const dispatcher = createDispatcher(patientTimeouts);
	return {
		sandbox,
		client: (more = {}) =>
			new MasvClient({
				baseUrl: sandbox.url,
				apiKey: sandbox.apiKey,
				teamId: sandbox.teamId,
				transport: createTransport(dispatcher),
				clock: instantClock(),
				hashing: nodeHashing,
				...more,
			}),
		close: async () => {
			await dispatcher.destroy();
			await sandbox.close();
		},
	};
}
