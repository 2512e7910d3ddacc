import type { StreamRequest } from '../../masv/download/receiveStreams';
import { receiveStreams } from '../../masv/download/receiveStreams';
import { MasvCancelledError } from '../../masv/errors';
import { noRetry } from '../../masv/retry';
import { failureOf } from '../support/failureOf';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes } from '../support/testSources';

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('files that are received as streams', () => {
	let masv: TestMasv;
	beforeAll(async () => {
		masv = await startTestMasv();
	});
	afterAll(async () => await masv.close());

	const receive = async <T>(
		packageId: string,
		consume: StreamRequest<T>['consume'],
		client = masv.client(),
		more: Partial<StreamRequest<T>> = {},
	) =>
		await receiveStreams(client, {
			source: { kind: 'package', packageId },
			...{ archives: false, infected: false, isWanted: () => true, policy: noRetry },
			consume,
			...more,
		});
	const readAll: StreamRequest<void>['consume'] = async (_, pieces) => {
		for await (const _piece of pieces);
	};

	it('fail rather than become a mixture if the file changes after its beginning was handed over', async () => {
		const { id } = masv.sandbox.seedPackage({ files: [{ name: 'a.mov', content: patternBytes(40 * 1024 * 1024, 1) }] });
		const change = { kind: 'alterAnswer', headers: { etag: '"another"' } } as const;
		const fault = masv.sandbox.inject({ step: 'getObject', ...change, skip: 1 });
		const receiving = receive(id, readAll, masv.client(), { parallelRanges: 1 });
		expect(await failureOf(receiving)).toMatchObject({ code: 'content_changed' });
		expect(fault.hits()).toBe(1);
	});

	it('end at once when they are canceled, even if their reader still stores what it has read, and leave no link', async () => {
		const { id } = masv.sandbox.seedPackage({ files: [{ name: 'a.mov', content: 'first' }] });
		const cancel = new AbortController();
		const receiving = receive(
			id,
			async (file, pieces) => {
				await readAll(file, pieces);
				cancel.abort();
				await new Promise(() => undefined);
			},
			masv.client({ signal: cancel.signal }),
		);
		expect(await failureOf(receiving)).toBeInstanceOf(MasvCancelledError);
		expect(masv.sandbox.links(id).map(({ active }) => active)).toEqual([false]);
	});

	it('fail with the error of a reader that does not even begin to read, whatever their size', async () => {
		const files = ['first', 'second'].map((name) => ({ name, content: patternBytes(40 * 1024 * 1024, 1) }));
		const { id } = masv.sandbox.seedPackage({ files });
		const receiving = receive(id, async () => await Promise.reject(new Error('EACCES: permission denied, mkdir')));
		expect(await failureOf(receiving)).toMatchObject({
			code: 'content_not_stored',
			message: expect.stringContaining('permission denied, mkdir') as unknown,
		});
	});

	it('are all received again by the next run: the error of one does not say that the others were', async () => {
		const files = ['first', 'second'].map((name) => ({ name, content: name }));
		const { id } = masv.sandbox.seedPackage({ files });
		const receiving = receive(id, async (file, pieces) => {
			await readAll(file, pieces);
			if (file.name === 'second') throw new Error('it is full');
		});
		expect(await failureOf(receiving)).toMatchObject({ code: 'content_not_stored', hint: undefined });
	});
});
