import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';

import { queuedBytes } from '../../../masv/node/sendQueue';
import { endWhenStalled } from '../../../masv/node/watchedSocket';

const stallMs = 60_000;

/** A connection with something to send, whose timer the test expires. */
function watched(queued: Array<number | undefined>) {
	const listeners = new Map<string, () => void>();
	let now = 0;
	let periodMs = 0;
	const socket = {
		writableLength: 1,
		destroyed: 0,
		localPort: 1,
		remotePort: 2,
		setTimeout: (ms: number) => void (periodMs = ms),
		on: (event: string, listener: () => void) => void listeners.set(event, listener),
		destroy: () => void socket.destroyed++,
	};
	endWhenStalled(
		socket,
		stallMs,
		async () => await Promise.resolve(queued.shift()),
		() => now,
	);
	// Until it is seen that there is something to send.
	jest.advanceTimersByTime(stallMs / 4);
	/** @param periods 1: Node has noticed nothing since the last time */
	const expire = async (periods = 1): Promise<boolean> => {
		now += periods * periodMs;
		listeners.get('timeout')?.();
		for (let turn = 0; turn < 5; turn++) await Promise.resolve();
		return socket.destroyed > 0;
	};
	return { socket, expire, now: () => now, periodMs: () => periodMs, close: () => listeners.get('close')?.() };
}

describe('a connection on which something is to be sent', () => {
	beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
	afterEach(() => jest.useRealTimers());

	it('lives on as long as the peer takes some of what the kernel has, however slowly', async () => {
		const { expire } = watched([4_000_000, 3_900_000, 3_800_000, 3_700_000]);
		for (let look = 0; look < 4; look++) expect(await expire()).toBe(false);
	});

	it.each([
		['nothing moves', [4_000_000, 4_000_000]],
		['the system does not tell whether anything moves', [undefined, undefined]],
	])('ends after the limit if %s', async (_, queued) => {
		const { expire, now } = watched([...queued]);
		expect(await expire()).toBe(false);
		expect(await expire()).toBe(true);
		expect(now()).toBe(stallMs);
	});

	it('lives on if the kernel has taken more between two looks', async () => {
		const { expire } = watched([4_000_000, 4_000_000, 4_000_000]);
		expect(await expire()).toBe(false);
		expect(await expire(2)).toBe(false);
		expect(await expire(1)).toBe(true);
	});

	it('ends only when nothing has moved for as long as the limit', async () => {
		const { expire, now } = watched([4_000_000, 3_000_000, 3_000_000, 3_000_000]);
		for (let look = 0; look < 3; look++) expect(await expire()).toBe(false);
		expect(await expire()).toBe(true);
		expect(now()).toBe(2 * stallMs);
	});

	it('lives on while nothing is to be sent', async () => {
		const { socket, expire } = watched([]);
		socket.writableLength = 0;
		for (let look = 0; look < 3; look++) expect(await expire()).toBe(false);
	});

	it('has no timer of its own while nothing is to be sent, which each read and write would start anew', () => {
		const { socket, periodMs } = watched([]);
		expect(periodMs()).toBe(stallMs / 2);
		socket.writableLength = 0;
		jest.advanceTimersByTime(stallMs / 4);
		expect(periodMs()).toBe(0);
		socket.writableLength = 1;
		jest.advanceTimersByTime(stallMs / 4);
		expect(periodMs()).toBe(stallMs / 2);
	});

	it('is not timed anew while its timer runs, which would never end then', () => {
		const { socket } = watched([]);
		const times = jest.spyOn(socket, 'setTimeout');
		jest.advanceTimersByTime(stallMs);
		expect(times).not.toHaveBeenCalled();
	});

	it('is no longer watched once it is closed', () => {
		const { close } = watched([]);
		expect(jest.getTimerCount()).toBe(1);
		close();
		expect(jest.getTimerCount()).toBe(0);
	});
});

const onLinux = process.platform === 'linux' ? it : it.skip;
onLinux('the system tells how much of a connection is still to be sent', async () => {
	let peer: Socket | undefined;
	const server = createServer({ pauseOnConnect: true }, (socket) => void (peer = socket));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
	await once(client, 'connect');
	expect(await queuedBytes(client)).toBe(0);
	// More than the buffers on both sides have room for.
	client.write(Buffer.alloc(64 * 1024 * 1024));
	while (((await queuedBytes(client)) ?? 0) < 100_000) await new Promise(setImmediate);
	peer?.resume();
	while ((await queuedBytes(client)) !== 0) await new Promise(setImmediate);
	client.destroy();
	peer?.destroy();
	expect(await queuedBytes({ localPort: 1, remotePort: 1 })).toBeUndefined();
	server.close();
});
