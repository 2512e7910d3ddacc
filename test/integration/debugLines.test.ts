import { describeCall } from '../../masv/callReport';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { Fault } from '../../sandbox/start';
import { downloadAll } from '../support/downloadAll';
import { memorySink } from '../support/memorySink';
import { seedDownload } from '../support/testDownload';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf } from '../support/testSources';

// Faults in the storage work only with the embedded store.
const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('the lines in the log', () => {
	let masv: TestMasv;
	let lines: string[];
	beforeEach(async () => {
		masv = await startTestMasv();
		lines = [];
	});
	afterEach(async () => await masv.close());

	const logging = () =>
		masv.client({ onCall: (report) => lines.push(describeCall({ ...report, durationMs: 0, requestId: undefined })) });
	const about = (operation: string) => lines.filter((line) => line.startsWith(operation));
	const busy = { kind: 'status', status: 503, times: 2 } as const;

	it.each<[string, Fault, string]>([
		['the beginning of a file', { step: 'initiate', ...busy }, 'start the upload of "a.bin"'],
		['a part', { step: 'partPut', ...busy }, 'upload part 1 of "a.bin"'],
	])('number the attempts at %s', async (_, fault, operation) => {
		masv.sandbox.inject(fault);
		await sendPackage(logging(), {
			target: { kind: 'team', request: { name: 'Logged', description: '', recipients: [] } },
			sources: [rangeOf('a.bin', patternBytes(1000))],
			unfinished: 'keep',
		});
		expect(about(operation)).toEqual([
			`${operation}: status 503, 0 ms, attempt 1`,
			`${operation}: status 503, 0 ms, attempt 2`,
			`${operation}: status 200, 0 ms, attempt 3`,
		]);
	});

	it('number the attempts at an empty folder', async () => {
		await masv.close();
		masv = await startTestMasv({ directories: 'asFiles' });
		masv.sandbox.inject({ step: 'partPut', ...busy, skip: 1 });
		const sent = await sendPackage(logging(), {
			target: { kind: 'team', request: { name: 'Logged', description: '', recipients: [] } },
			sources: [rangeOf('a.bin', patternBytes(1000))],
			directories: [{ name: 'empty', path: '', modifiedAt: new Date(0) }],
			unfinished: 'keep',
		});
		expect(sent.folders_not_created).toEqual([]);
		expect(about('upload the folder').map((line) => line.slice(-9))).toEqual(['attempt 1', 'attempt 2', 'attempt 3']);
	});

	it('number the attempts at a download', async () => {
		const client = logging();
		const content = patternBytes(1000);
		const seeded = await seedDownload(masv.sandbox, client, [{ name: 'a.bin', content }]);
		masv.sandbox.inject({ step: 'getObject', ...busy });
		const sink = memorySink();
		await downloadAll(client, [seeded.file(client, 0, sink)]);
		expect(about('download "a.bin"').map((line) => line.slice(-9))).toEqual(['attempt 1', 'attempt 2', 'attempt 3']);
	});
});
