import { bufferBytesFor, createMemoryShares, receiveBuffers, sendBuffers } from '../../../masv/transfer/memoryShares';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

describe('the memory for what is transferred', () => {
	it('is shared evenly by all transfers, and given back by one that ends', () => {
		const shares = createMemoryShares();
		const told: number[] = [];
		const first = shares.join((share) => void told.push(share));
		const others = Array.from({ length: 3 }, () => shares.join());
		expect([first, ...others].map(({ share }) => share)).toEqual([0.25, 0.25, 0.25, 0.25]);
		others.forEach(({ leave }) => leave());
		expect(first.share).toBe(1);
		expect(told).toEqual([1, 1 / 2, 1 / 3, 1 / 4, 1 / 3, 1 / 2, 1]);
	});

	it('is given back once, however often a transfer ends', () => {
		const shares = createMemoryShares();
		const [ended, going] = [shares.join(), shares.join(), shares.join()];
		ended.leave();
		ended.leave();
		expect(going.share).toBe(1 / 2);
	});

	it.each([
		[1, 1, 512],
		[8, 1, 512],
		[16, 1, 512],
		[32, 1, 256],
		[64, 1, 128],
		[5, 0.1, 160],
		[64, 0.1, 128],
	])('gives each buffer of %i connections that send with a share of %f %i KiB', (connections, share, kibibytes) => {
		expect(bufferBytesFor(connections, share, sendBuffers)).toBe(kibibytes * kibibyte);
	});

	it.each([
		[1, 1, 768],
		[8, 1, 768],
		[16, 1, 768],
		[32, 1, 384],
		[64, 1, 192],
		[64, 0.1, 128],
	])('gives each buffer of %i connections that receive with a share of %f %i KiB', (connections, share, kibibytes) => {
		expect(bufferBytesFor(connections, share, receiveBuffers)).toBe(kibibytes * kibibyte);
	});

	it.each([1, 2, 5, 10, 20, 64])(
		'suffices for %i transfers on one line with as many connections as there may be',
		(count) => {
			const connections = Math.ceil(64 / count);
			for (const buffers of [sendBuffers, receiveBuffers]) {
				const { perConnection } = buffers;
				const bytes = count * connections * perConnection * bufferBytesFor(connections, 1 / count, buffers);
				expect(bytes).toBeLessThanOrEqual(32 * mebibyte);
			}
		},
	);
});
