import { describePulled, describeReceived, describeSent, TransferHints } from '../../nodes/Masv/transferHint';

const sent = { files: 3, bytes: 3 * 1024 ** 3, parts: 96, duration_ms: 120_000, retried_parts: 0, resumed_parts: 0 };
const received = { files: [{ size: 1024 ** 3, resumed_bytes: 0 }], skipped: [], duration_ms: 60_000 };

describe('the hint above the output', () => {
	it.each([
		['Sent 3 files, 3.0 GiB, in 2.0 minutes (25.6 MiB/s).', {}],
		['Sent 1 file, 2.0 MiB, in 0.5 seconds (4.0 MiB/s).', { files: 1, bytes: 2 * 1024 ** 2, duration_ms: 500 }],
		['Sent 3 files, 3.0 GiB, in 2.0 minutes (25.6 MiB/s). 1 part had to be sent again.', { retried_parts: 1 }],
		[
			'Sent 3 files, 3.0 GiB, in 2.0 minutes. 7 of 96 parts had been sent by an earlier execution.',
			{ resumed_parts: 7 },
		],
		['Sent 3 files, 3.0 GiB. An earlier execution had uploaded all of it.', { resumed_parts: 96 }],
		['Sent 1 file, 0 bytes, in 0.0 seconds (0 bytes/s).', { files: 1, bytes: 0, duration_ms: 0 }],
	])('says %s', (text, different) => {
		expect(describeSent({ ...sent, ...different })).toBe(text);
	});

	it.each([
		['Received 1 file, 1.0 GiB, in 1.0 minutes (17.1 MiB/s).', {}],
		[
			'Received 0 files, 0 bytes, in 1.0 minutes. 2 files skipped.',
			{ files: [], skipped: [{ reason: 'same' }, { reason: 'archive' }, { reason: 'excluded' }] },
		],
		[
			'Received 1 file, 4.0 KiB, in 1.0 minutes. 1.0 KiB had been received by an earlier execution.',
			{ files: [{ size: 4096, resumed_bytes: 1024 }] },
		],
		[
			'Received 1 file, 1.0 GiB, in 1.0 minutes (17.1 MiB/s). MD5 list: 7 verified, 3 failed or missing.',
			{ md5_check: { verified: 7, failed: 2, missing: 1 } },
		],
	])('says %s', (text, different) => {
		expect(describeReceived([{ ...received, ...different }])).toBe(text);
	});

	it.each([
		['MASV transferred 3 files (2.0 MiB) from the storage.', { files: 3, bytes: 2 * 1024 ** 2 }],
		['MASV transferred 1 file from the storage.', { files: 1, bytes: undefined }],
		['MASV transferred the files (2.0 MiB) from the storage.', { files: undefined, bytes: 2 * 1024 ** 2 }],
		['MASV transferred the files from the storage.', { files: undefined, bytes: undefined }],
		['MASV is transferring the files from the storage.', { files: 3, bytes: 1, isComplete: false }],
	])('says %s', (text, different) => {
		expect(describePulled({ isComplete: true, ...different })).toBe(text);
	});

	it('is one for all items', () => {
		const shown: unknown[] = [];
		const hints = new TransferHints();
		for (let item = 0; item < 50; item++) hints.received(received);
		hints.show({ addExecutionHints: (...more) => void shown.push(...more) });
		const message = 'Received 50 files, 50.0 GiB, in 50.0 minutes (17.1 MiB/s).';
		expect(shown).toEqual([{ message, type: 'info', location: 'outputPane' }]);
	});

	it('is left out if nothing was transferred, and in a version of n8n without hints', () => {
		const shown: unknown[] = [];
		new TransferHints().show({ addExecutionHints: (...more) => void shown.push(...more) });
		expect(shown).toEqual([]);
		const hints = new TransferHints();
		hints.sent(sent);
		expect(() => hints.show({})).not.toThrow();
	});
});
