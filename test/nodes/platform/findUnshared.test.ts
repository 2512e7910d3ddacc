import { createFindUnshared, readProcessKind } from '../../../nodes/Masv/platform/findUnshared';

describe('the kind of a process of n8n', () => {
	it.each([
		['worker', 'queue', ['node', 'n8n', 'worker', '--concurrency=5'], 'worker'],
		['webhook processor', 'queue', ['node', 'n8n', 'webhook'], 'webhook'],
		['main in queue mode', 'queue', ['node', 'n8n', 'start'], 'main'],
		['main in queue mode that is started without a command', 'queue', ['node', 'n8n'], 'main'],
		['worker whose mode is in a file', undefined, ['node', 'n8n', 'worker'], 'worker'],
		['only process', 'regular', ['node', 'n8n', 'start'], undefined],
		['only process by default', undefined, ['node', 'n8n', 'start'], undefined],
		['command that ends', 'queue', ['node', 'n8n', 'execute', '--id=1'], undefined],
	])('of a %s', (_what, mode, argv, kind) => {
		expect(readProcessKind({ EXECUTIONS_MODE: mode }, argv)).toBe(kind);
	});
});

describe('a folder that is not shared', () => {
	const alone = { hasOthers: async () => await Promise.resolve(false) };
	const together = { hasOthers: async () => await Promise.resolve(true) };
	const broken = { hasOthers: async () => await Promise.reject(new Error('EIO')) };

	it('is found once', async () => {
		const find = createFindUnshared('/data', alone, () => 60);
		expect([await find(), await find()]).toEqual(['/data', undefined]);
	});

	it('is not looked for until the other processes have had a minute to start', async () => {
		let uptime = 59;
		const find = createFindUnshared('/data', alone, () => uptime);
		expect(await find()).toBeUndefined();
		uptime = 60;
		expect(await find()).toBe('/data');
	});

	it.each([
		['others use it', together],
		['it cannot be read', broken],
		['n8n is one process', undefined],
	])('is not found if %s', async (_why, marks) => {
		expect(await createFindUnshared('/data', marks, () => 60)()).toBeUndefined();
	});
});
