import { MasvApiError } from '../../../masv/errors';
import { noRetry } from '../../../masv/retry';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { uploadFiles } from '../../../masv/upload/uploadFiles';
import { instantClock } from '../../support/instantClock';
import { nockClient } from '../../support/nockMasv';
import { accessTo, allOf, nothingKnown } from '../../support/packageAccess';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const refused = new MasvApiError({
	code: 'request_rejected',
	operation: 'add the file',
	service: 'MASV',
	status: 422,
	details: [],
});

/** MASV refuses every file. `begun`: the names of the files that were about to be added. */
function refusing(clock = instantClock()): { begun: string[]; client: ReturnType<typeof nockClient> } {
	const begun: string[] = [];
	const client = nockClient({
		clock,
		transport: async ({ method, body }) => {
			if (method === 'GET') return await Promise.resolve({ status: 404, headers: {}, text: '' });
			begun.push((JSON.parse(body as string) as { name: string }).name);
			throw refused;
		},
	});
	return { begun, client };
}

const small = (name: string) => bufferSource(Buffer.from('content'), { name, path: '', modifiedAt });

describe('an upload of many files', () => {
	it('sends none if the last one is larger than MASV permits', async () => {
		const { begun, client } = refusing();
		const tooLarge = { ...small('huge.mov'), bytes: Number.MAX_SAFE_INTEGER };
		const sources = [...Array.from({ length: 60 }, (_, index) => small(`${index}.mov`)), tooLarge];
		const results = await uploadFiles(accessTo(client, noRetry), allOf(sources), nothingKnown(), { stopAtFirst: true });
		expect(begun).toEqual([]);
		expect(results.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'file_too_large' } });
		expect(results[0]).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
		expect(results).toHaveLength(61);
	});

	it('divides many files in turns with other work of the process', async () => {
		const clock = instantClock();
		const sources = Array.from({ length: 12_000 }, () => ({ ...small('huge.mov'), bytes: Number.MAX_SAFE_INTEGER }));
		const { client } = refusing(clock);
		await uploadFiles(accessTo(client, noRetry), allOf(sources), nothingKnown(), { stopAtFirst: true });
		// To begin those that can be divided takes eleven more.
		expect(clock.slept.length).toBe(2 + 11);
	});

	it('tells the end of each file once, and gives the results in the order of the files', async () => {
		const { begun, client } = refusing();
		const names = Array.from({ length: 60 }, (_, index) => `${index}.mov`);
		const ended: string[] = [];
		const onFileEnd = async ({ name }: { name: string }): Promise<void> => await Promise.resolve(void ended.push(name));
		const options = { stopAtFirst: false, onFileEnd };
		const results = await uploadFiles(accessTo(client, noRetry), allOf(names.map(small)), nothingKnown(), options);
		expect(begun).toEqual(names);
		expect(ended.sort()).toEqual([...names].sort());
		expect(results.map(({ status }) => status)).toEqual(names.map(() => 'rejected'));
	});

	it('lets other work go on while many files end at once, because one has failed', async () => {
		const clock = instantClock();
		const { begun, client } = refusing(clock);
		const sources = Array.from({ length: 2_500 }, (_, index) => small(`${index}.mov`));
		await uploadFiles(accessTo(client, noRetry), allOf(sources), nothingKnown(), { stopAtFirst: true });
		expect(begun.length).toBeLessThan(100);
		expect(clock.slept).toEqual([0, 0]);
	});
});
