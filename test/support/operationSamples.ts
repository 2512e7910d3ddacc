import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import type { Package, Sandbox, SeededFile } from '../../sandbox/start';
import { privatePortal, regularPortal } from './portalInput';
import type { SandboxNode } from './sandboxNode';

/** Runs an operation. */
type Run = (parameters: object, items?: IDataObject[]) => Promise<IDataObject[]>;

/** @param folder an empty one on disk */
type Sample = (sandbox: Sandbox, run: Run, folder: string) => Promise<IDataObject[]>;

const past = '2026-03-15T00:00:00.000Z';
const window = { expiryStart: '2026-03-01T00:00:00.000Z', expiryEnd: '2026-03-31T00:00:00.000Z' };
const entries = (name: string) => ({ entries: [{ name, value: 'x' }] });
const byId = (id: unknown) => ({ mode: 'id', value: id });

/** Two finalized packages: one sent, with everything that a package can have, and one received with a form. */
function seedPackages(
	sandbox: Sandbox,
	more: Partial<Package> & { files?: SeededFile[] } = {},
): [sent: Package, received: Package] {
	const tag = { id: 'TAG1', name: 'Season 2' };
	const teamspace = { id: 'SPACE1', name: 'North' };
	const portal = sandbox.seedPortal({ tag, teamspace });
	const common = { tag, teamspace, recipients: ['ann@b.example'], ...more };
	const form_data_id = sandbox.seedFormResponse(portal.id, { project: 'x' });
	return [sandbox.seedPackage(common), sandbox.seedPackage({ portal_id: portal.id, form_data_id, ...common })];
}

/** Runs an operation once for each of these packages. */
async function onEach(run: Run, packages: Package[], operation: string, more: object = {}): Promise<IDataObject[]> {
	const outputs: IDataObject[] = [];
	for (const { id } of packages) outputs.push(...(await run({ operation, packageId: id, ...more })));
	return outputs;
}

async function writeFiles(folder: string): Promise<string> {
	await mkdir(join(folder, 'card'));
	await mkdir(join(folder, 'empty'));
	// Names that differ in case only are a warning, and system files are left out.
	for (const name of ['card/a.mov', 'card/A.mov', '.DS_Store']) await writeFile(join(folder, name), 'content');
	return folder;
}

const md5Of = (content: string): string => createHash('md5').update(content).digest('hex');

const files = [
	{ name: 'a.mov', path: 'card', content: 'content' },
	{ name: 'con.mov', path: 'card', content: 'content' },
	{ name: 'virus.exe', content: 'x', virusDetected: true },
];

/** With a list of MD5s: one is right, one is wrong, one is of a file that is missing, and one is missing. */
const listedFiles = [
	...files,
	{ name: 'unlisted.mov', content: 'x' },
	{
		name: 'MD5SUMS',
		content: `${md5Of('content')}  card/a.mov\n${md5Of('x')}  card/con.mov\n${md5Of('x')}  gone.mov\n`,
	},
];

async function seedPortals(sandbox: Sandbox, run: Run): Promise<IDataObject[]> {
	const outputs: IDataObject[] = [];
	for (const input of [await regularPortal(sandbox), privatePortal(sandbox)]) {
		outputs.push(...(await run({ operation: 'create', ...input })));
	}
	return outputs;
}

const seedStorage = (sandbox: Sandbox) =>
	sandbox.seedConnection({
		objects: [
			{ path: 'day/a.mov', content: 'x' },
			{ path: 'b.mov', content: 'x' },
		],
	});

async function sendToStorage(sandbox: Sandbox, run: Run): Promise<IDataObject[]> {
	const connection = sandbox.seedConnection({ direction: 'masv_to_cloud' });
	const [sent] = seedPackages(sandbox);
	const parameters = { packageId: sent.id, connectionId: connection.id };
	return await run({ resource: 'storage', operation: 'sendPackage', ...parameters });
}

async function addWebhook(run: Run): Promise<IDataObject[]> {
	const input = { name: 'Hook', url: 'https://b.example/hook', events: 'package.finalized' };
	return await run({ operation: 'create', ...input, headers: entries('x-key'), bodyExtras: entries('site') });
}

const sendNew = (paths: string) => ({
	operation: 'sendNew',
	packageName: 'Nightly',
	recipients: 'ann@b.example',
	paths,
	waitSeconds: 0,
	createLink: true,
});

function ledgerOf(sent: IDataObject | undefined): unknown {
	return (sent?.ledger as IDataObject | undefined)?.id;
}

/**
 * Output of every operation, with as many of its fields as the sandbox returns. The keys are those of the output schemas:
 * resource and operation. `run` knows the resource.
 */
export const operationSamples: Record<string, Sample> = {
	'package.archive': async (sandbox, run) =>
		await onEach(run, seedPackages(sandbox, { state: 'expired', expiry: past }), 'archive'),
	'package.archiveMany': async (_, run) => await run({ operation: 'archiveMany', scope: 'sent', ...window }),
	'package.create': async (sandbox, run) => {
		const portal = sandbox.seedPortal({
			tag: { id: 'TAG1', name: 'Season 2' },
			teamspace: { id: 'S1', name: 'North' },
		});
		const formDataId = sandbox.seedFormResponse(portal.id, { project: 'x' });
		const toPortal = {
			destination: 'portal',
			portalId: byId(portal.id),
			sender: 'a@b.example',
			options: { formDataId },
		};
		return [
			...(await run({ operation: 'create', packageName: 'Dailies', recipients: 'ann@b.example' })),
			...(await run({ operation: 'create', packageName: 'Dailies', ...toPortal })),
		];
	},
	'package.delete': async (sandbox, run) => await onEach(run, seedPackages(sandbox), 'delete'),
	'package.finalize': async (sandbox, run) =>
		await onEach(run, seedPackages(sandbox, { state: 'new', files }), 'finalize'),
	'package.get': async (sandbox, run) => await onEach(run, seedPackages(sandbox), 'get'),
	'package.getAll': async (sandbox, run) => {
		seedPackages(sandbox);
		return [
			...(await run({ operation: 'getAll', direction: 'sent' })),
			...(await run({ operation: 'getAll', direction: 'received' })),
		];
	},
	'package.getForm': async (sandbox, run) => await onEach(run, seedPackages(sandbox), 'getForm'),
	'package.receive': async (sandbox, run, folder) => {
		const { id } = sandbox.seedPackage({ files: listedFiles });
		const options = { exclude: '*.zip', checkMd5List: true };
		return [
			...(await run({ operation: 'receive', packageId: id, saveTo: 'folder', folder, options })),
			...(await run({ operation: 'receive', packageId: id, saveTo: 'binary', outputField: 'data', options })),
		];
	},
	'package.send': async (_, run, folder) => {
		const source = { source: 'path', paths: await writeFiles(folder) };
		const send = async (more: object) =>
			await run({ operation: 'send', packageName: 'Dailies', recipients: 'ann@b.example', ...source, ...more });
		const options = { password: 'made-up', md5List: 'MD5SUMS' };
		return [...(await send({ options })), ...(await send({ createLink: false }))];
	},
	'package.sendNew': async (_, run, folder) => {
		const paths = await writeFiles(folder);
		const send = async (more: object) => await run({ ...sendNew(paths), ...more });
		return [
			...(await send({ options: { password: 'made-up', md5List: 'MD5SUMS' } })),
			...(await send({ newFiles: { whenNothingIsNew: 'item' } })),
		];
	},
	'package.receiveNew': async (sandbox, run, folder) => {
		const { id } = sandbox.seedPortal();
		for (const state of ['finalized', 'finalized', 'new'] as const)
			sandbox.seedPackage({ files: listedFiles, state, portal_id: id });
		sandbox.seedPackage({ portal_id: sandbox.seedPortal().id });
		sandbox.inject({ step: 'listFiles', kind: 'status', status: 400 });
		const receive = async (portalIds: string[]) =>
			await run({
				operation: 'receiveNew',
				folder,
				portalIds,
				options: { whenNothingIsNew: 'item', checkMd5List: true },
			});
		// Only the list of a portal tells which one it was.
		return [...(await receive([id])), ...(await receive([])), ...(await receive([]))];
	},
	'package.getLedger': async (sandbox, run, folder) => {
		const get = async (item?: IDataObject) => await run({ operation: 'getLedger', ledgerId: ledgerOf(item) });
		const [sent] = await run(sendNew(await writeFiles(folder)));
		const portals = [sandbox.seedPortal().id, sandbox.seedPortal().id];
		for (const portal_id of portals) sandbox.seedPackage({ files, portal_id });
		const receive = async (portalIds: string[]) =>
			await run({ operation: 'receiveNew', folder: join(folder, 'incoming'), portalIds });
		const [received] = [...(await receive(portals.slice(1))), ...(await receive([]))];
		return [...(await get(sent)), ...(await get(received))];
	},
	'package.forgetSent': async (_, run, folder) => {
		const [sent] = await run(sendNew(await writeFiles(folder)));
		return await run({ operation: 'forgetSent', ledgerId: ledgerOf(sent), which: 'all' });
	},
	'package.setExpiry': async (sandbox, run) =>
		await onEach(run, seedPackages(sandbox), 'setExpiry', { expires: 'days', days: 7 }),
	'package.unarchive': async (sandbox, run) =>
		await onEach(run, seedPackages(sandbox, { state: 'archived', expiry: past }), 'unarchive'),
	'package.unarchiveMany': async (_, run) => await run({ operation: 'unarchiveMany', scope: 'sent', ...window }),
	'package.update': async (sandbox, run) => await onEach(run, seedPackages(sandbox), 'update', { packageName: 'New' }),
	'package.wait': async (sandbox, run) => await onEach(run, seedPackages(sandbox), 'wait', { until: 'finalized' }),

	'file.upload': async (sandbox, run, folder) => {
		const { id } = sandbox.seedPackage({ state: 'new' });
		const source = { source: 'path', paths: await writeFiles(folder) };
		const upload = async () => await run({ operation: 'upload', packageId: id, ...source });
		return [...(await upload()), ...(await upload())];
	},
	'file.download': async (sandbox, run, folder) => {
		const { id } = sandbox.seedPackage({ files });
		const download = async (more: object) =>
			await run({ operation: 'download', packageId: id, files: '*.mov\nvirus.exe', ...more });
		return [
			...(await download({ saveTo: 'folder', folder })),
			...(await download({ saveTo: 'binary', outputField: 'data' })),
		];
	},
	'file.getAll': async (sandbox, run) => {
		const { id } = sandbox.seedPackage({ files: [...files, { name: 'empty', content: '', kind: 'directory' }] });
		return await run({ operation: 'getAll', packageId: id, options: { includeZips: true } });
	},
	'file.delete': async (sandbox, run) => {
		const { id } = sandbox.seedPackage({ state: 'new', files });
		return await run({ operation: 'delete', packageId: id, fileId: sandbox.files(id)[0]?.id });
	},

	'link.create': async (sandbox, run) => {
		const [sent] = seedPackages(sandbox);
		return [
			...(await run({ operation: 'create', packageId: sent.id, options: { password: 'made-up' } })),
			...(await run({ operation: 'create', packageId: sent.id, options: { email: 'ann@b.example' } })),
		];
	},
	'link.get': async (sandbox, run) => {
		const { id } = sandbox.seedPackage({ files, recipients: ['ann@b.example'] });
		const [link] = await run({ operation: 'create', packageId: id });
		return await run({ operation: 'get', linkUrl: link?.link_url });
	},
	'link.getAll': async (sandbox, run) => {
		const [sent] = seedPackages(sandbox);
		await run({ operation: 'create', packageId: sent.id });
		return await run({ operation: 'getAll' });
	},
	'link.disable': async (sandbox, run) => {
		const [sent] = seedPackages(sandbox);
		const [link] = await run({ operation: 'create', packageId: sent.id });
		return await run({ operation: 'disable', packageId: sent.id, linkId: link?.id });
	},

	'portal.create': seedPortals,
	'portal.createForm': async (sandbox, run) => {
		const field = { name: 'code', label: 'Code', visibility: 'required', defaultValue: 'A' };
		const form = { name: 'Delivery', deliveryFormats: ['json'], fields: { entries: [field] } };
		return await run({ operation: 'createForm', portalId: byId(sandbox.seedPortal().id), ...form });
	},
	'portal.delete': async (sandbox, run) => await run({ operation: 'delete', portalId: byId(sandbox.seedPortal().id) }),
	'portal.get': async (sandbox, run) => {
		const outputs: IDataObject[] = [];
		for (const { id } of await seedPortals(sandbox, run)) {
			outputs.push(...(await run({ operation: 'get', portalId: byId(id) })));
		}
		return outputs;
	},
	'portal.getAll': async (sandbox, run) => {
		await seedPortals(sandbox, run);
		return await run({ operation: 'getAll' });
	},
	'portal.getPackages': async (sandbox, run) => {
		const [, received] = seedPackages(sandbox);
		return await run({ operation: 'getPackages', portalId: byId(received.portal_id) });
	},
	'portal.update': async (sandbox, run) => {
		const [, closed] = await seedPortals(sandbox, run);
		const access = { uploadPassword: 'made up in' };
		const { id } = sandbox.seedPortal({
			tag: { id: 'TAG1', name: 'Season 2' },
			teamspace: { id: 'S1', name: 'North' },
		});
		return [
			...(await run({ operation: 'update', portalId: byId(closed?.id), page: { message: 'Bye' }, access })),
			...(await run({ operation: 'update', portalId: byId(id), ...(await regularPortal(sandbox)) })),
		];
	},

	'storage.getAll': async (sandbox, run) => {
		seedStorage(sandbox);
		return await run({ operation: 'getAll' });
	},
	'storage.get': async (sandbox, run) => await run({ operation: 'get', connectionId: seedStorage(sandbox).id }),
	'storage.browse': async (sandbox, run) => await run({ operation: 'browse', connectionId: seedStorage(sandbox).id }),
	'storage.sendPackage': sendToStorage,
	'storage.pull': async (sandbox, run) => {
		const connectionId = seedStorage(sandbox).id;
		const input = { packageName: 'Dailies', recipients: 'ann@b.example', source: 'folder', folder: '/' };
		const pull = async (more: object) => await run({ operation: 'pull', connectionId, ...input, ...more });
		return [...(await pull({ options: { password: 'made-up' } })), ...(await pull({ createLink: false }))];
	},
	'storage.getTransfers': async (sandbox, run) => {
		const [transfer] = await sendToStorage(sandbox, run);
		return await run({ operation: 'getTransfers', packageId: transfer?.package_id });
	},

	'activity.getAll': async (sandbox, run) => {
		const [sent] = seedPackages(sandbox);
		await run({ resource: 'link', operation: 'create', packageId: sent.id });
		await sendToStorage(sandbox, run);
		return await run({ operation: 'getAll' });
	},
	'activity.getHistory': async (sandbox, run) => {
		await sendToStorage(sandbox, run);
		const [activity] = await run({ operation: 'getAll' });
		return await run({ operation: 'getHistory', activityId: activity?.id });
	},

	'member.getAll': async (_, run) => await run({ operation: 'getAll' }),
	'tag.create': async (_, run) => await run({ operation: 'create', name: 'Season 2' }),
	'tag.delete': async (_, run) => {
		const [tag] = await run({ operation: 'create', name: 'Season 2' });
		return await run({ operation: 'delete', tagId: byId(tag?.id) });
	},
	'tag.getAll': async (_, run) => {
		await run({ operation: 'create', name: 'Season 2' });
		return await run({ operation: 'getAll' });
	},
	'teamspace.create': async (sandbox, run) =>
		await run({ operation: 'create', name: 'North', memberIds: sandbox.members()[0]?.id }),
	'teamspace.get': async (_, run) => {
		const [created] = await run({ operation: 'create', name: 'North' });
		return await run({ operation: 'get', teamspaceId: byId(created?.id) });
	},
	'teamspace.getAll': async (_, run) => {
		await run({ operation: 'create', name: 'North' });
		return await run({ operation: 'getAll' });
	},
	'webhook.create': async (_, run) => await addWebhook(run),
	'webhook.delete': async (_, run) =>
		await run({ operation: 'delete', webhookId: byId((await addWebhook(run))[0]?.id) }),
	'webhook.getAll': async (_, run) => {
		await addWebhook(run);
		return await run({ operation: 'getAll' });
	},
	'webhook.update': async (_, run) => {
		const [created] = await addWebhook(run);
		return await run({ operation: 'update', webhookId: byId(created?.id), settings: { active: false } });
	},
};

/** @returns the output of an operation, as n8n stores it */
export async function sampleOf(
	operation: string,
	{ sandbox, run }: SandboxNode,
	folder: string,
): Promise<IDataObject[]> {
	const [resource] = operation.split('.');
	const runOf: Run = async (parameters, items) => await run({ resource, ...parameters }, items);
	const output = (await operationSamples[operation]?.(sandbox, runOf, folder)) ?? [];
	return JSON.parse(JSON.stringify(output)) as IDataObject[];
}
