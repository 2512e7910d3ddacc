import { MasvTransferError } from '../../../masv/errors';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { checkUnchanged } from '../../../masv/transfer/unchanged';
import { failureOf } from '../../support/failureOf';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');

describe('checkUnchanged', () => {
	const check = async (now: { bytes: number; modifiedMs: number }) => {
		const source = bufferSource(Buffer.alloc(7), { name: 'a', path: 'b', modifiedAt });
		checkUnchanged(source, { ...(await source.open()), look: () => now });
	};

	it('is content with the same size and time', async () => {
		await check({ bytes: 7, modifiedMs: modifiedAt.getTime() });
	});

	it.each([
		[{ bytes: 8, modifiedMs: modifiedAt.getTime() }, 'its size changed from 7 to 8 bytes'],
		[{ bytes: 7, modifiedMs: modifiedAt.getTime() + 1 }, 'its modification time changed'],
	])('refuses %j', async (now, how) => {
		const error = await failureOf(check(now));
		expect(error).toBeInstanceOf(MasvTransferError);
		expect(error.message).toBe(`"b/a" changed during the upload: ${how}`);
	});
});
