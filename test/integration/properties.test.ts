import type { Transport } from '../../masv/transport';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { FileSource } from '../../masv/transfer/source';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256, streamOf } from '../support/testSources';
import { createDispatcher } from '../../masv/node/dispatcher';
import { createTransport } from '../../masv/node/undiciTransport';

const mebibyte = 1024 * 1024;

/** The same numbers in every run, so that a failure can be reproduced by its seed. */
function numbers(seed: number): (below: number) => number {
	let state = seed * 2_654_435_761;
	return (below) => {
		state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
		return (state >>> 0) % below;
	};
}

describe('a delivery of any shape', () => {
	let masv: TestMasv;
	const dispatcher = createDispatcher();
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	afterAll(async () => {
		await dispatcher.destroy();
		await masv.close();
	});

	it.each(Array.from({ length: 12 }, (_, index) => index + 1))(
		'arrives unchanged, without exceeding the limit of parts in flight (seed %i)',
		async (seed) => {
			const below = numbers(seed);
			const partBytes = (5 + below(3)) * mebibyte;
			const parallelParts = 1 + below(5);
			const sizes = Array.from({ length: 1 + below(4) }, () => pickSize(below, partBytes));
			const contents = sizes.map((size, index) => patternBytes(size, seed * 100 + index));
			const sources = contents.map((bytes, index): FileSource => {
				const name = `file ${index}.bin`;
				if (below(2) === 0) return rangeOf(name, bytes);
				return streamOf(
					name,
					bytes,
					Array.from({ length: 1 + below(4) }, () => 1 + below(3 * mebibyte)),
				);
			});

			let active = 0;
			let maxActive = 0;
			const transport = createTransport(dispatcher);
			const counting: Transport = async (request) => {
				const isPart = request.method === 'PUT' && request.url.includes('partNumber=');
				maxActive = Math.max(maxActive, isPart ? ++active : active);
				try {
					return await transport(request);
				} finally {
					if (isPart) active--;
				}
			};
			const sent = await sendPackage(masv.client({ transport: counting }), {
				target: { kind: 'team', request: { name: `seed ${seed}`, description: '', recipients: [] } },
				sources,
				partBytes,
				parallelParts,
				unfinished: 'delete',
			});

			expect(maxActive).toBeLessThanOrEqual(parallelParts);
			expect(sent.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
			for (const [index, file] of sent.files.entries()) {
				const bytes = contents[index] as Buffer;
				expect(file.parts).toBe(Math.max(1, Math.ceil(bytes.length / partBytes)));
				expect(await masv.sandbox.sha256(sent.package.id, file.id)).toBe(sha256(bytes));
			}
		},
	);

	function pickSize(below: (limit: number) => number, partBytes: number): number {
		const edges = [0, 1, partBytes - 1, partBytes, partBytes + 1, 2 * partBytes];
		return below(2) === 0 ? (edges[below(edges.length)] as number) : below(3 * partBytes);
	}
});
