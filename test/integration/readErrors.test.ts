import { MasvTransferError } from '../../masv/errors';
import { outageOf } from '../../masv/retry';
import type { RangeReader, RangeSource } from '../../masv/transfer/source';
import { sendPackage } from '../../masv/upload/sendPackage';
import { failureOf } from '../support/failureOf';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf } from '../support/testSources';

const mebibyte = 1024 * 1024;

describe('a disk that fails while a part is sent', () => {
	let masv: TestMasv;
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	afterAll(async () => await masv.close());

	const send = async (source: RangeSource, signal?: AbortSignal): Promise<unknown> =>
		await failureOf(
			sendPackage(masv.client({ signal }), {
				target: { kind: 'team', request: { name: 'D', description: '', recipients: [] } },
				sources: [source],
				policy: outageOf(60_000),
				parallelParts: 1,
				partBytes: 5 * mebibyte,
				unfinished: 'keep',
			}),
		);

	function fileWhoseRead(
		read: (into: Uint8Array, position: number, reader: RangeReader) => Promise<number>,
	): RangeSource {
		const source = rangeOf('clip.mov', patternBytes(6 * mebibyte));
		const open = async (): Promise<RangeReader> => {
			const reader = await source.open();
			return { ...reader, read: async (into, position) => await read(into, position, reader) };
		};
		return { ...source, open };
	}

	it.each([
		['EIO', 'the disk reported an error (EIO)'],
		['ECONNRESET', 'the connection to the network drive was lost (ECONNRESET)'],
		['EPIPE', 'the connection to the network drive was lost (EPIPE)'],
	])('with %s is an error of the file, not of the connection, and is not retried', async (code, reason) => {
		masv.sandbox.requests.length = 0;
		const broken = fileWhoseRead(async (into, position, reader) => {
			if (position >= 2 * mebibyte) throw Object.assign(new Error('failed'), { code });
			return await reader.read(into, position);
		});
		const error = await send(broken);
		expect(error).toBeInstanceOf(MasvTransferError);
		expect(error).toMatchObject({
			code: 'file_not_readable',
			message: `"clip.mov" cannot be read: ${reason}`,
			cause: { code },
		});
		expect(masv.sandbox.requests.filter(({ step }) => step === 'partPut').length).toBeLessThanOrEqual(1);
	});

	it('and hangs does not keep a stopped run from ending', async () => {
		const stop = new AbortController();
		const hanging = fileWhoseRead(async (into, position, reader) => {
			if (position < 2 * mebibyte) return await reader.read(into, position);
			setImmediate(() => stop.abort(new Error('stop button')));
			return await new Promise<never>(() => undefined);
		});
		expect(await send(hanging, stop.signal)).toMatchObject({ code: 'cancelled' });
	});

	it.each(['open', 'look'] as const)('and hangs in %s does not keep a stopped run from ending', async (call) => {
		const stop = new AbortController();
		const source = rangeOf('clip.mov', patternBytes(10));
		const hang = async (): Promise<never> => {
			setImmediate(() => stop.abort(new Error('stop button')));
			return await new Promise<never>(() => undefined);
		};
		const open = call === 'open' ? hang : async () => ({ ...(await source.open()), look: hang });
		expect(await send({ ...source, open }, stop.signal)).toMatchObject({ code: 'cancelled' });
	});
});
