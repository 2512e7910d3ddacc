import type { SendNewResult } from '../../masv/sync/sendNewRequest';
import { contentsOf, useSendingJob } from '../support/sendingJob';

const onEmbeddedStore = process.env.SANDBOX_S3_ENDPOINT === undefined ? describe : describe.skip;

onEmbeddedStore('a package of new files that cannot be sent', () => {
	const job = useSendingJob();
	const failuresOf = ({ failed }: SendNewResult) => failed.map(({ path, files, error }) => [path, files, error.code]);

	it('does not keep the others from being sent, in any run, and is tried again', async () => {
		const { folder, masv, runWell, contents, delivered } = job();
		for (const name of ['a', 'b', 'c']) folder.write(name, name);
		masv.sandbox.inject({ step: 'addFile', kind: 'status', status: 400, skip: 1 });
		const first = await runWell({ per: 'file' });
		expect(failuresOf(first)).toEqual([['/media/in/b', 1, 'request_rejected']]);
		expect(await contents()).toEqual(contentsOf([...'ac'].map((name) => [name, name])));
		folder.write('d', 'd');
		masv.sandbox.inject({ step: 'addFile', kind: 'status', status: 400 });
		const second = await runWell({ per: 'file' });
		expect(failuresOf(second)).toEqual([['/media/in/b', 1, 'request_rejected']]);
		expect(second.sent).toMatchObject([{ package: { name: 'Nightly: d' }, recovered: false }]);
		const third = await runWell({ per: 'file' });
		expect(third).toMatchObject({ failed: [], sent: [{ package: { name: 'Nightly: b' }, recovered: true }] });
		expect(await contents()).toEqual(contentsOf([...'abcd'].map((name) => [name, name])));
		expect(delivered()).toHaveLength(4);
	});

	it('is the error of a run that has sent nothing', async () => {
		const { folder, masv, runWell } = job();
		folder.write('a', 'a');
		masv.sandbox.inject({ step: 'addFile', kind: 'status', status: 400 });
		await expect(runWell()).rejects.toMatchObject({ code: 'request_rejected' });
	});

	it('ends the run after ten in a row, and the next one gets to the others', async () => {
		const { folder, masv, runWell, delivered } = job();
		const names = Array.from({ length: 13 }, (_, index) => `${10 + index}`);
		for (const name of names) folder.write(name, name);
		const fault = masv.sandbox.inject({ step: 'createPackage', kind: 'status', status: 400, times: 100 });
		const run = runWell({ per: 'file' });
		await expect(run).rejects.toMatchObject({ code: 'request_rejected' });
		expect(fault.hits()).toBe(10);
		fault.remove();
		const { sent } = await runWell({ per: 'file' });
		expect([sent.length, sent.filter(({ recovered }) => recovered).length]).toEqual([13, 10]);
		expect(delivered()).toHaveLength(13);
	});

	it('does not end the run if ten fail that are not in a row', async () => {
		const { folder, masv, runWell } = job();
		for (let index = 0; index < 14; index++) folder.write(`${10 + index}`, `${index}`);
		const fault = { step: 'createPackage', kind: 'status', status: 400, times: 6 } as const;
		for (const skip of [0, 7]) masv.sandbox.inject({ ...fault, skip });
		const { sent, failed } = await runWell({ per: 'file' });
		expect([sent.length, failed.length]).toEqual([2, 12]);
	});

	it('ends the run at once during an outage', async () => {
		const { folder, masv, runWell } = job();
		for (const name of ['a', 'b']) folder.write(name, name);
		const fault = masv.sandbox.inject({ step: 'createPackage', kind: 'refuse', times: 1_000 });
		await expect(runWell({ per: 'file' })).rejects.toMatchObject({ code: 'connection_lost' });
		fault.remove();
		// The second one was not begun.
		const { sent } = await runWell({ per: 'file' });
		expect(sent).toMatchObject([{ recovered: true }, { recovered: false }]);
	});

	it('is reported if only its files cannot be deleted afterwards', async () => {
		const { folder, runWell, delivered } = job();
		folder.write('a', 'a');
		const clear = () => Promise.reject(new Error('the disk is gone'));
		const { sent, failure } = await runWell({ after: { kind: 'delete', clear } });
		expect(sent).toMatchObject([{ package: { id: delivered()[0]?.id } }]);
		expect(failure).toMatchObject({ message: 'the disk is gone' });
	});
});

onEmbeddedStore('a file that is listed twice, because paths overlap', () => {
	const job = useSendingJob();

	it('is followed when it is renamed', async () => {
		const { folder, runWell } = job();
		const list = async () => (await folder.list()).flatMap((file) => [file, { ...file, path: `again/${file.path}` }]);
		folder.write('a', 'a');
		expect((await runWell({ list })).sent).toMatchObject([{ files: [{ name: 'a' }, { name: 'a' }] }]);
		folder.rename(['a', 'b']);
		expect(await runWell({ list })).toMatchObject({ sent: [], moved: 1 });
	});
});
