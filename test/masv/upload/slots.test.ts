import { instantClock } from '../../support/instantClock';
import { createSlots, pieceBytes } from '../../../masv/upload/slots';

const standing = instantClock();

describe('createSlots', () => {
	it('uses slots again and never makes more than it may', () => {
		const slots = createSlots(2, standing);
		const [a, b] = [slots.take(), slots.take()];
		expect(() => slots.take()).toThrow('More than 2 parts are in flight');
		slots.give(a);
		expect(slots.take()).toBe(a);
		expect(b).not.toBe(a);
	});

	it('gives every slot two buffers of its own', () => {
		const slots = createSlots(3, standing);
		const buffers = [slots.take(), slots.take(), slots.take()].flatMap((slot) =>
			([0, 1] as const).map((index) => slot.buffer(index, 10).buffer),
		);
		expect(new Set(buffers).size).toBe(6);
	});

	it('gives each buffer the length that is asked for, and uses it again while it is long enough', () => {
		const slot = createSlots(1, standing).take();
		const small = slot.buffer(0, 10);
		expect([small.length, slot.buffer(0, 20).buffer === small.buffer]).toEqual([10, true]);
		expect(small.buffer.byteLength).toBeLessThan(pieceBytes);
		const large = slot.buffer(0, pieceBytes / 2);
		expect([large.length, slot.buffer(0, 10).buffer === large.buffer]).toEqual([pieceBytes / 2, true]);
		// Four times as long as what a connection takes at a time in the beginning.
		const longest = slot.buffer(0, pieceBytes);
		expect([longest.length, slot.buffer(0, 10).buffer === longest.buffer]).toEqual([pieceBytes, false]);
	});

	it('leaves the buffers to a read that is still running when the slot is given back', async () => {
		const slots = createSlots(1, standing);
		const slot = slots.take();
		const before = slot.buffer(0, 10).buffer;
		slot.reading = new Promise(() => undefined);
		slot.isReading = true;
		slots.give(slot);
		const again = slots.take();
		expect([again.isReading, await again.reading]).toEqual([false, undefined]);
		expect(again.buffer(0, 10).buffer).not.toBe(before);
	});

	it('replaces buffers that are longer than they may be by now', () => {
		const now = { connections: 1, bufferBytes: pieceBytes };
		const slot = createSlots(1, standing, now).take();
		const long = slot.buffer(0, pieceBytes).buffer;
		now.bufferBytes = pieceBytes / 4;
		const short = slot.buffer(0, pieceBytes / 4).buffer;
		expect([long.byteLength, short.byteLength]).toEqual([pieceBytes, pieceBytes / 4]);
		expect(slot.buffer(0, pieceBytes / 4).buffer).toBe(short);
		// It has fallen after somebody had looked at it.
		expect(slot.buffer(0, pieceBytes).length).toBe(pieceBytes);
	});

	it('forgets buffers that fewer parts in flight do not need, so that ten uploads take no more than one', () => {
		const now = { connections: 4, bufferBytes: pieceBytes };
		const slots = createSlots(4, standing, now);
		const first = Array.from({ length: 4 }, () => slots.take());
		now.connections = 2;
		first.forEach((slot) => slots.give(slot));
		now.connections = 4;
		const again = Array.from({ length: 4 }, () => slots.take());
		expect(again.filter((slot) => first.includes(slot))).toHaveLength(2);
		expect(() => slots.take()).toThrow('More than 4 parts');
	});
});
