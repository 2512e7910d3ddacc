import { describeTransfer, showTransfer } from '../../nodes/Masv/transferHint';

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
