import { createSlots } from '../../../masv/upload/slots';

describe('createSlots', () => {
	it('uses slots again and never makes more than it may', () => {
		const slots = createSlots(2);
		const [a, b] = [slots.take(), slots.take()];
		expect(() => slots.take()).toThrow('More than 2 parts are in flight');
		slots.give(a);
		expect(slots.take()).toBe(a);
		expect(b).not.toBe(a);
	});

	it('gives every slot two buffers of its own', () => {
		const slots = createSlots(3);
		const buffers = [slots.take(), slots.take(), slots.take()].flatMap((slot) =>
			slot.buffers.map(({ buffer }) => buffer),
		);
		expect(new Set(buffers).size).toBe(6);
	});
});
