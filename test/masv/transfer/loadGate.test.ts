import { createLoadGate } from '../../../masv/transfer/loadGate';

const mebibyte = 1024 * 1024;

/** A gate whose clock and load the test sets. */
function gateOf(share: number, totalBytes = 0) {
	let now = 0;
	let watched = 0;
	const measuredAt: number[] = [];
	const state = { share };
	const clock = {
		now: () => now,
		sleep: () => Promise.resolve(),
		timeout: () => new AbortController().signal,
		random: () => 0,
	};
	const load = {
		watch: () => {
			watched++;
			return () => {
				measuredAt.push(now);
				return state.share;
			};
		},
	};
	const gate = createLoadGate(clock, load, totalBytes);
	/** Hashes this many MiB, 10 ms each. @returns how many were admitted */
	const hash = (mebibytes: number): number => {
		let admitted = 0;
		for (let turn = 0; turn < mebibytes; turn++) {
			if (gate.admits(mebibyte)) admitted++;
			now += 10;
		}
		return admitted;
	};
	return {
		gate,
		state,
		hash,
		pass: (ms: number) => void (now += ms),
		watched: () => watched,
		measured: () => measuredAt,
	};
}

describe('the load gate', () => {
	it('admits a small amount, however busy the processor is', () => {
		expect(gateOf(1).hash(8)).toBe(8);
	});

	it('takes longer to decide if there is more to do', () => {
		const { hash } = gateOf(1, 3_000 * mebibyte);
		expect([hash(30), hash(50)]).toEqual([30, 0]);
	});

	it('closes after that while the processor is the limit', () => {
		const { hash } = gateOf(0.95);
		expect([hash(8), hash(50)]).toEqual([8, 0]);
	});

	it('stays open while the line is the limit', () => {
		expect(gateOf(0.85).hash(500)).toBe(500);
	});

	it('closes when other work makes the processor busy for a second or two', () => {
		const { hash, state } = gateOf(0.2);
		hash(500);
		state.share = 0.95;
		expect(hash(300)).toBeLessThanOrEqual(200);
	});

	it('decides fast at first, and takes more and more time while the line is the limit', () => {
		const { gate, pass, measured } = gateOf(0.5);
		gate.admits(8 * mebibyte);
		for (let turn = 0; turn < 1_000; turn++) {
			pass(5);
			gate.admits(0);
		}
		const times = measured();
		expect(times.map((at, index) => at - (times[index - 1] ?? 0))).toEqual([
			25, 50, 100, 200, 400, 800, 1_000, 1_000, 1_000,
		]);
	});

	it('opens again when the processor has been idle enough for a second, and not before', () => {
		const { hash, state, pass } = gateOf(1);
		hash(17);
		state.share = 0.3;
		pass(900);
		expect(hash(1)).toBe(0);
		pass(100);
		expect(hash(3)).toBe(3);
	});

	it('stays closed while hashing would make the processor the limit', () => {
		const { hash, state, pass } = gateOf(1);
		hash(17);
		state.share = 0.7;
		pass(10_000);
		expect(hash(10)).toBe(0);
	});

	it('waits twice as long each time it was opened in vain, up to a minute', () => {
		const { gate, hash, state, pass } = gateOf(1);
		hash(17);
		const waits: number[] = [];
		for (let turn = 0; turn < 8; turn++) {
			state.share = 0.3;
			let waited = 0;
			for (; !gate.admits(0); waited += 500) pass(500);
			waits.push(Math.round(waited / 1_000));
			state.share = 1;
			hash(10);
		}
		expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
	});

	it('decides as fast as at first when it has opened again', () => {
		const { hash, state, pass } = gateOf(0.5);
		hash(500);
		state.share = 1;
		hash(200);
		state.share = 0.3;
		pass(1_000);
		expect(hash(1)).toBe(1);
		state.share = 1;
		expect(hash(20)).toBe(7);
	});

	it('measures from the first byte, so that waiting for a connection does not look like an idle processor', () => {
		const { gate, watched, hash } = gateOf(0);
		expect(gate.admits(0)).toBe(true);
		expect(watched()).toBe(0);
		hash(1);
		expect(watched()).toBe(1);
	});
});
