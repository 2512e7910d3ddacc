import type { NodeOperationError } from 'n8n-workflow';

import type { Sandbox } from '../../../sandbox/start';
import { startSandbox } from '../../../sandbox/start';
import { failureOf } from '../../support/failureOf';
import { runMasv } from '../../support/masvNode';

let sandbox: Sandbox;
beforeEach(async () => {
	sandbox = await startSandbox();
});
afterEach(async () => await sandbox.close());

async function run(operation: string, more: object = {}): Promise<Array<Record<string, unknown>>> {
	const { apiKey, teamId, url: baseUrl } = sandbox;
	const credentials = { masvApi: { apiKey, teamId, baseUrl } };
	const output = await runMasv({ parameters: { resource: 'link', operation, ...more }, credentials });
	return output.map(({ json }) => json);
}

async function createLink(options: object = {}) {
	const { id } = sandbox.seedPackage({ name: 'Dailies', files: [{ name: 'a.mov', content: 'a' }] });
	const packageId = { mode: 'id', value: id };
	const [link] = await run('create', { packageId, options });
	return { packageId, linkUrl: link?.link_url as string, linkId: link?.id as string };
}

describe('a link', () => {
	it('shows the package that it leads to, and no token', async () => {
		const { packageId, linkUrl } = await createLink();
		const [shown] = await run('get', { linkUrl });
		expect(shown).toMatchObject({ name: 'Dailies', package_id: packageId.value, package_size: 1 });
		expect(JSON.stringify(shown)).not.toMatch(/token|secret/);
	});

	it('with a password requires it', async () => {
		const { linkUrl } = await createLink({ password: 'Zürich 100%' });
		const error = await failureOf<NodeOperationError>(run('get', { linkUrl }));
		expect(error.message).toContain('MASV responded with 401');
		expect(error.message).not.toContain(new URL(linkUrl).searchParams.get('secret'));
		expect(await run('get', { linkUrl, password: 'Zürich 100%' })).toMatchObject([{ name: 'Dailies' }]);
	});

	it('has exactly the password that was entered, with blanks at its ends', async () => {
		const { linkUrl } = await createLink({ password: ' pass word ' });
		expect(await run('get', { linkUrl, password: ' pass word ' })).toMatchObject([{ name: 'Dailies' }]);
		expect((await failureOf(run('get', { linkUrl, password: 'pass word' }))).message).toContain('401');
	});

	it('of another server is refused, with the field that says which server it is', async () => {
		const parameters = { resource: 'link', operation: 'get', linkUrl: 'https://files.example/L1?secret=s' };
		const { apiKey, teamId } = sandbox;
		const credentials = { masvApi: { apiKey, teamId, baseUrl: '' } };
		const { message } = await failureOf(runMasv({ parameters, credentials }));
		expect(message).toBe('The link leads to files.example, not to MASV [Base URL]');
	});

	it('that is not whole is refused without showing it', async () => {
		const { message } = await failureOf(run('get', { linkUrl: 'https://get.massive.io/L1' }));
		expect(message).toBe('This is not the whole URL of a download link');
	});

	it('can be disabled, by its ID or its URL, also twice', async () => {
		const { packageId, linkUrl, linkId } = await createLink();
		const disabled = [{ id: linkId, package_id: packageId.value, disabled: true }];
		expect(await run('disable', { packageId, linkId })).toEqual(disabled);
		expect(await run('disable', { packageId, linkId: linkUrl })).toEqual(disabled);
		expect((await failureOf(run('get', { linkUrl }))).message).toContain('this link has been disabled');
	});

	it('of another package is not disabled', async () => {
		const { linkId } = await createLink();
		const other = await createLink();
		const { message } = await failureOf(run('disable', { packageId: other.packageId, linkId }));
		expect(message).toContain('X-Package-Token belongs to another package');
		expect(sandbox.links(sandbox.packages()[0]?.id ?? '')).toMatchObject([{ disabled: false }]);
	});

	it('is listed with its package, by package, recipient and state', async () => {
		const first = await createLink({ email: 'Ann@b.example' });
		const second = await createLink();
		await run('disable', { packageId: second.packageId, linkId: second.linkId });
		const ids = async (filters: object) => (await run('getAll', { filters, returnAll: true })).map(({ id }) => id);
		expect(await ids({})).toEqual([first.linkId, second.linkId]);
		expect(await ids({ packageId: first.packageId.value })).toEqual([first.linkId]);
		expect(await ids({ email: 'ann@b.example' })).toEqual([first.linkId]);
		expect(await ids({ active: false })).toEqual([second.linkId]);
		expect(await run('getAll', { limit: 1, simplify: true })).toEqual([
			{
				id: first.linkId,
				email: 'Ann@b.example',
				active: true,
				created_at: expect.any(String) as string,
				package_id: first.packageId.value,
				package_name: 'Dailies',
			},
		]);
	});
});
