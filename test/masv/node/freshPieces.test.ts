import { constants, performance, PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { createYoungCollection } from '../../../masv/node/collectYoung';
import { freshPieces } from '../../../masv/node/freshPieces';
import { reusedMemory } from '../../support/reusedMemory';

describe('fresh pieces', () => {
	it('are copies, which outlive the memory they come from', async () => {
		const kept: Uint8Array[] = [];
		for await (const piece of freshPieces(reusedMemory('abc', 'def'))) kept.push(piece);
		expect(kept.map((piece) => Buffer.from(piece).toString())).toEqual(['abc', 'def']);
	});

	it('end what they come from when nobody reads on', async () => {
		let isEnded = false;
		async function* pieces(): AsyncGenerator<Uint8Array> {
			try {
				for (;;) yield await Promise.resolve(Buffer.from('abc'));
			} finally {
				isEnded = true;
			}
		}
		for await (const _ of freshPieces(pieces())) break;
		expect(isEnded).toBe(true);
	});
});

describe('new memory', () => {
	it('is collected each time so much was handed out', () => {
		let collections = 0;
		const onFresh = createYoungCollection(() => collections++, 100);
		const counts = [60, 39, 1, 99, 1, 250].map((bytes) => {
			onFresh(bytes);
			return collections;
		});
		expect(counts).toEqual([0, 0, 1, 1, 2, 3]);
	});

	it('is collected without what is old', async () => {
		const { NODE_PERFORMANCE_GC_FLAGS_FORCED: forced, NODE_PERFORMANCE_GC_MINOR: minor } = constants;
		// Other tests of the process may have forced a collection, which is reported late.
		const began = performance.now();
		const kind = new Promise((resolve) => {
			const observer = new PerformanceObserver((list) => {
				const found = list
					.getEntries()
					.filter(({ startTime }) => startTime >= began)
					.map((entry) => (entry as unknown as { detail: { kind: number; flags: number } }).detail)
					.find(({ flags }) => flags === forced);
				if (found === undefined) return;
				observer.disconnect();
				resolve(found.kind);
			});
			observer.observe({ entryTypes: ['gc'] });
		});
		createYoungCollection(undefined, 1)(1);
		expect(await kind).toBe(minor);
	});
	it('leaves the flag as it is, whether Node was started with it or not', () => {
		const hasGc = (): boolean => runInNewContext('typeof gc') === 'function';
		createYoungCollection();
		expect(hasGc()).toBe(false);
		const collected: unknown[] = [];
		const global = globalThis as { gc?: (options: unknown) => void };
		setFlagsFromString('--expose-gc');
		global.gc = (options) => void collected.push(options);
		try {
			createYoungCollection(undefined, 1)(1);
			expect(hasGc()).toBe(true);
			expect(collected).toEqual([{ type: 'minor' }]);
		} finally {
			delete global.gc;
			setFlagsFromString('--no-expose-gc');
		}
	});
});
