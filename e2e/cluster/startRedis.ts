import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { debianProgram } from '../n8n/debianProgram.ts';
import { freePorts } from '../n8n/freePorts.ts';
import { launchProcess } from '../n8n/launchProcess.ts';
import { givenService, type Service } from './service.ts';

const redis = {
	names: ['redis-server'],
	packages: ['redis-server'],
	otherwise: 'Install it, or set QUEUE_BULL_REDIS_HOST and QUEUE_BULL_REDIS_PORT to one that runs.',
};

/**
 * The Redis at `QUEUE_BULL_REDIS_HOST`, or one of its own on a free port, which keeps nothing on disk.
 * @param folder for its log
 * @throws Error that says what to do if there is none
 */
export async function startRedis(folder: string): Promise<Service> {
	const given = givenService('QUEUE_BULL_REDIS_', 'QUEUE_BULL_REDIS_HOST');
	if (given !== undefined) return given;
	const program = await debianProgram(redis);
	const [port = 0] = await freePorts(1);
	const server = await launchProcess({
		name: 'Redis',
		command: [program, '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
		cwd: folder,
		env: process.env,
		logFile: join(folder, 'redis.log'),
	});
	const isReady = async (): Promise<boolean> => (await server.logTail()).includes('Ready to accept connections');
	for (let left = 300; !(await isReady()); left--) {
		const ending = server.ending() ?? (left === 0 ? 'not ready after 30 s' : undefined);
		if (ending !== undefined) throw new Error(`Redis did not start (${ending}):\n${await server.logTail()}`);
		await sleep(100);
	}
	return {
		env: { QUEUE_BULL_REDIS_HOST: '127.0.0.1', QUEUE_BULL_REDIS_PORT: String(port) },
		stop: async () => await server.end('SIGTERM'),
	};
}
