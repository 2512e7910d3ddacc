import type { NodeOperationError } from 'n8n-workflow';
import nock from 'nock';

import { itemWith } from '../../../support/fakeN8n';
import { emptyItem, runMasv, useDataFolder } from '../../../support/masvNode';
import { knows, takesFile } from '../../../support/nockNode';
import { failureOf, masv, storageUrl, teamId, useNock } from '../../../support/nockMasv';

useNock();
useDataFolder();

/** MASV takes the file, and all else that is asked for package P1 until it is finalized. */
function takesPackageOfOneFile(name = 'a.mov'): void {
	masv().get('/v1/system/packages/spec').reply(404);
	takesFile('F1', name);
	masv()
		.get('/v1/packages/P1/files')
		.reply(200, [{ id: 'F1', name, path: '/' }]);
	masv().post('/v1/packages/P1/finalize').reply(204);
}

describe('Send Files', () => {
	it('creates one package from all items and pairs its output with all of them', async () => {
		masv()
			.post(`/v1/teams/${teamId}/packages`, { name: 'Dailies', description: '', recipients: ['anna@example.com'] })
			.reply(201, {
				id: 'P1',
				access_token: 'token-P1',
			});
		masv().get('/v1/system/packages/spec').reply(404);
		takesFile('F1', 'a.mov');
		takesFile('F2', 'b.mov');
		masv()
			.get('/v1/packages/P1/files')
			.reply(200, [
				{ id: 'F1', name: 'a.mov', path: '/' },
				{ id: 'F2', name: 'b.mov', path: '/' },
			]);
		masv().post('/v1/packages/P1/finalize').reply(204);
		masv().post('/v1/packages/P1/links', {}).reply(201, { id: 'L1', download_secret: 's1' });
		knows('P1', { state: 'finalized' });
		const output = await runMasv({
			items: [itemWith({ data: 'a.mov' }), itemWith({ data: 'b.mov' })],
			parameters: sending,
		});
		expect(output).toHaveLength(1);
		expect(output[0]?.pairedItem).toEqual([{ item: 0 }, { item: 1 }]);
		expect(output[0]?.json).toMatchObject({
			package: { id: 'P1', state: 'finalized' },
			files: [{ name: 'a.mov' }, { name: 'b.mov' }],
			reconciled: true,
			link: { url: 'https://get.massive.io/L1?secret=s1' },
		});
		expect(JSON.stringify(output)).not.toContain('token-P1');
	});

	it('outputs the package as finalized with its size although MASV still shows it as it was before', async () => {
		masv()
			.post(`/v1/teams/${teamId}/packages`)
			.reply(201, { id: 'P1', access_token: 'token-P1', state: 'new', size: 0 });
		takesPackageOfOneFile('c.mov');
		knows('P1', { state: 'new', size: 0, total_files: 0, name: 'Dailies' });
		const parameters = { ...sending, createLink: false };
		const [sent] = await runMasv({ items: [itemWith({ data: 'c.mov' })], parameters });
		expect(sent?.json).toMatchObject({ package: { name: 'Dailies', state: 'finalized', size: 16, total_files: 1 } });
	});

	it('outputs the link first, then the package, and the files last; the link has the password of the package', async () => {
		const password = 'päss';
		masv()
			.post(`/v1/teams/${teamId}/packages`, (body: { password: string }) => body.password === password)
			.reply(201, { access_token: 'token-P1', password, id: 'P1' });
		takesPackageOfOneFile();
		masv().post('/v1/packages/P1/links', { password }).reply(201, { id: 'L1', download_secret: 's1' });
		knows('P1', { size: 16, password, state: 'finalized', name: 'Dailies' });
		const parameters = { ...sending, options: { password } };
		const [sent] = await runMasv({ items: [itemWith({ data: 'a.mov' })], parameters });
		const keys = Object.keys(sent?.json ?? {});
		expect([keys.slice(0, 4), keys.slice(-2)]).toEqual([
			['link_url', 'package', 'bytes', 'duration_ms'],
			['link', 'files'],
		]);
		expect(Object.keys(sent?.json.package as object).slice(0, 3)).toEqual(['id', 'name', 'state']);
		expect(sent?.json).toMatchObject({
			link_url: 'https://get.massive.io/L1?secret=s1',
			package: { password: '****' },
		});
	});

	it('evaluates the expressions of its item once: a password may be another one each time', async () => {
		let passwords = 0;
		const parameters = {
			...sending,
			get options() {
				return { password: `random-${++passwords}` };
			},
		};
		masv()
			.post(`/v1/teams/${teamId}/packages`, (body: { password: string }) => body.password === 'random-1')
			.reply(201, { access_token: 'token-P1', id: 'P1' });
		takesPackageOfOneFile();
		masv().post('/v1/packages/P1/links', { password: 'random-1' }).reply(201, { id: 'L1', download_secret: 's1' });
		knows('P1', { state: 'finalized' });
		const output = await runMasv({ items: [itemWith({ data: 'a.mov' })], parameters });
		expect(output).toMatchObject([{ json: { package: { id: 'P1' } } }]);
	});

	it('says that it is the storage if that cannot be reached: nothing is wrong with the credential', async () => {
		masv().post(`/v1/teams/${teamId}/packages`).reply(201, { access_token: 'token-P1', id: 'P1' });
		masv().get('/v1/system/packages/spec').reply(404);
		masv()
			.post('/v1/packages/P1/files')
			.reply(201, { file: { id: 'F1' }, create_blueprint: { url: `${storageUrl}/create/F1`, headers: {} } });
		nock(storageUrl)
			.post('/create/F1')
			.replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
		masv().persist().get(/./).optionally().reply(404);
		const parameters = { ...sending, transfer: { retryMinutes: 0 } };
		const error = await failureOf<NodeOperationError>(runMasv({ items: [itemWith({ data: 'a.mov' })], parameters }));
		expect(error.message).toContain(`${new URL(storageUrl).host} refused the connection`);
		expect(error.description).toContain('This server is the storage that MASV uses.');
		expect(error.description).not.toContain('Base URL');
	});

	it('keeps the package if the upload fails, unless it is to be deleted', async () => {
		const failWith = async (name: string, options: object): Promise<string | null | undefined> => {
			masv().post(`/v1/teams/${teamId}/packages`).reply(201, { access_token: 'token-P1', id: 'P1' });
			masv().get('/v1/system/packages/spec').reply(404).post('/v1/packages/P1/files').reply(402);
			knows('P1', { state: 'new' });
			const items = [itemWith({ data: name })];
			return (await failureOf<NodeOperationError>(runMasv({ items, parameters: { ...sending, options } }))).description;
		};
		expect(await failWith('kept.mov', {})).toContain('Package P1 was kept unfinished');
		masv().delete('/v1/packages/P1').reply(204);
		expect(await failWith('deleted.mov', { unfinished: 'delete' })).toContain('The unfinished package P1 was deleted.');
	});

	it('names the item that caused the error, and creates nothing', async () => {
		const items = ['a', 'b', 'c', 'd', 'e'].map((name, index) =>
			index === 2 ? emptyItem() : itemWith({ data: name }),
		);
		const error = await failureOf<NodeOperationError>(runMasv({ items, parameters: sending }));
		expect(error.message).toBe('The item has no binary field "data" [Input Data Field Name]');
		expect(error.context.itemIndex).toBe(2);
		const [failed, ...others] = await runMasv({ items, parameters: sending, continueOnFail: true });
		expect(others).toEqual([]);
		expect(failed?.pairedItem).toEqual([2, 0, 1, 3, 4].map((index) => ({ item: index })));
	});

	it.each([
		[{ recipients: 'ben@example.com' }, 'Recipients'],
		[{ createLink: false }, 'Create Link'],
		[{ options: { password: 'another' } }, 'Password'],
	])('does not send the files of an item to the recipients of another: %j', async (different, field) => {
		const items = [itemWith({ data: 'a' }), itemWith({ data: 'b' })];
		const parameters = [sending, { ...sending, packageName: 'By another second', ...different }];
		const error = await failureOf<NodeOperationError>(runMasv({ items, parameters }));
		expect(error.message).toContain(`${field} is not the same for all items`);
		expect(error.context.itemIndex).toBe(1);
	});

	it('rejects invalid recipient addresses, and creates nothing', async () => {
		const parameters = { ...sending, recipients: 'anna@example.com, ben' };
		const error = await failureOf(runMasv({ items: [itemWith({ data: 'a' })], parameters }));
		expect(error.message).toBe('"ben" is not an email address [Recipients]');
	});

	const sending = {
		resource: 'package',
		operation: 'send',
		destination: 'team',
		packageName: ' Dailies ',
		recipients: 'anna@example.com',
		source: 'binary',
		binaryPropertyName: 'data',
		createLink: true,
		options: {},
	};
});
