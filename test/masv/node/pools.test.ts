import { EventEmitter } from 'node:events';
import type { Dispatcher, Pool } from 'undici';
import { errors } from 'undici';

import { createPools } from '../../../masv/node/pools';

const handler: Dispatcher.DispatchHandler = {};

class FakePool extends EventEmitter {
	stats = { connected: 1, size: 1 };
	readonly done: string[] = [];

	dispatch({ path }: Dispatcher.DispatchOptions): boolean {
		this.done.push(path);
		return true;
	}

	async close(): Promise<void> {
		this.done.push('closed');
		await Promise.resolve();
	}

	async destroy(): Promise<void> {
		this.done.push('destroyed');
		await Promise.resolve();
	}
}

function open() {
	const created: Array<{ origin: string; pool: FakePool }> = [];
	const pools = createPools((origin) => {
		const pool = new FakePool();
		created.push({ origin, pool });
		return pool as unknown as Pool;
	});
	const send = (origin: string, path: string) => pools.dispatch({ origin, path, method: 'GET' }, handler);
	const done = () => created.map(({ origin, pool }) => [origin, ...pool.done]);
	return { pools, created, send, done };
}

describe('pools', () => {
	it('has one for each origin', () => {
		const { send, done } = open();
		send('https://a.test', '/1');
		send('https://b.test', '/2');
		send('https://a.test', '/3');
		expect(done()).toEqual([
			['https://a.test', '/1', '/3'],
			['https://b.test', '/2'],
		]);
	});

	it.each(['disconnect', 'connectionError'])(
		'closes one that has become empty on %s, and opens another later',
		(event) => {
			const { created, send, done } = open();
			send('https://a.test', '/1');
			const pool = created[0]?.pool as FakePool;
			for (const stats of [
				{ connected: 0, size: 1 },
				{ connected: 1, size: 0 },
			]) {
				pool.stats = stats;
				pool.emit(event);
			}
			expect(pool.done).toEqual(['/1']);
			pool.stats = { connected: 0, size: 0 };
			pool.emit(event);
			pool.emit(event);
			send('https://a.test', '/2');
			pool.emit(event);
			send('https://a.test', '/3');
			expect(done()).toEqual([
				['https://a.test', '/1', 'closed'],
				['https://a.test', '/2', '/3'],
			]);
		},
	);

	it('sends nothing any more once they are destroyed', async () => {
		const { pools, created, send, done } = open();
		send('https://a.test', '/1');
		send('https://b.test', '/2');
		await pools.destroy();
		for (const { pool } of created) {
			pool.stats = { connected: 0, size: 0 };
			pool.emit('disconnect');
		}
		expect(() => send('https://a.test', '/3')).toThrow(errors.ClientDestroyedError);
		expect(done()).toEqual([
			['https://a.test', '/1', 'destroyed'],
			['https://b.test', '/2', 'destroyed'],
		]);
	});
});
