import { describeReceived, describeTransfer, showReceived, showTransfer } from '../../nodes/Masv/transferHint';

const totals = { files: 3, bytes: 3 * 1024 ** 3, duration_ms: 120_000, retried_parts: 0, resumed_parts: 0 };

describe('the hint above the output', () => {
	it.each([
		['Sent 3 files, 3.0 GiB, in 2.0 minutes (25.6 MiB/s).', {}],
		['Sent 1 file, 2.0 MiB, in 0.5 seconds (4.0 MiB/s).', { files: 1, bytes: 2 * 1024 ** 2, duration_ms: 500 }],
		['Sent 3 files, 3.0 GiB, in 2.0 minutes (25.6 MiB/s). 1 part had to be sent again.', { retried_parts: 1 }],
		['Sent 3 files, 3.0 GiB, in 2.0 minutes. 7 parts had been sent by an earlier execution.', { resumed_parts: 7 }],
		['Sent 1 file, 0 bytes, in 0.0 seconds (0 bytes/s).', { files: 1, bytes: 0, duration_ms: 0 }],
	])('says %s', (text, different) => {
		expect(describeTransfer({ ...totals, ...different })).toBe(text);
	});

	it('is left out in a version of n8n without hints', () => {
		expect(() => showTransfer({}, totals)).not.toThrow();
	});
});

describe('the hint above what was received', () => {
	const gibibyte = { size: 1024 ** 3, resumed_bytes: 0 };
	const received = { files: [gibibyte, gibibyte, gibibyte], skipped: [] as unknown[], duration_ms: 120_000 };

	it.each([
		['Received 3 files, 3.0 GiB, in 2.0 minutes (25.6 MiB/s).', {}],
		[
			'Received 1 file, 2.0 MiB, in 0.5 seconds (4.0 MiB/s).',
			{ files: [{ size: 2 * 1024 ** 2, resumed_bytes: 0 }], duration_ms: 500 },
		],
		[
			'Received 2 files, 2.0 GiB, in 2.0 minutes. 512 MiB had been received by an earlier execution.',
			{ files: [gibibyte, { ...gibibyte, resumed_bytes: 512 * 1024 ** 2 }] },
		],
		['Received 3 files, 3.0 GiB, in 2.0 minutes (25.6 MiB/s). 1 file skipped.', { skipped: [{}] }],
		['Received 0 files, 0 bytes, in 0.0 seconds. 2 files skipped.', { files: [], skipped: [{}, {}], duration_ms: 0 }],
	])('says %s', (text, different) => {
		expect(describeReceived({ ...received, ...different })).toBe(text);
	});

	it('is left out in a version of n8n without hints', () => {
		expect(() => showReceived({}, received)).not.toThrow();
	});
});
