import type { Field } from '../../../nodes/Masv/operation';
import { entriesOf } from '../../../nodes/Masv/operation';
import { resources } from '../../../nodes/Masv/resources';
import type { Sandbox } from '../../../sandbox/start';
import { startSandbox } from '../../../sandbox/start';
import {
	createPortalBody,
	formFieldTypes,
	furtherBodies,
	packageList,
	packageStates,
	portalBodyObjects,
	portalList,
	portalPackageList,
	updatePortalBody,
	webhookBody,
} from '../../support/documentedRequests';
import { runMasv, useDataFolder } from '../../support/masvNode';
import { privatePortal, regularPortal } from '../../support/portalInput';

useDataFolder();

let sandbox: Sandbox;
beforeAll(async () => {
	sandbox = await startSandbox();
});
afterAll(async () => await sandbox.close());

const fieldsOf = (resource: string, operation: string): readonly Field[] =>
	Object.values(resources.find(({ value }) => value === resource)?.operations ?? {}).find(
		({ value }) => value === operation,
	)?.fields ?? [];

/** Runs an operation. @returns the request that the sandbox got at this step */
async function requestOf(step: string, parameters: Record<string, unknown>) {
	sandbox.requests.length = 0;
	const { apiKey, teamId, url: baseUrl } = sandbox;
	await runMasv({ parameters, credentials: { masvApi: { apiKey, teamId, baseUrl } } });
	const request = sandbox.requests.find((sent) => sent.step === step);
	const body = JSON.parse(request?.body ?? '{}') as Record<string, unknown>;
	return { body, query: [...new URL(request?.url ?? '', sandbox.url).searchParams.keys()] };
}

const sorted = (names: Iterable<string>) => [...new Set(names)].sort();
const keysOf = (value: unknown) => Object.keys([value].flat()[0] as object);

describe('portals', () => {
	it('can be created with every documented field, and with no other', async () => {
		const bodies = [];
		for (const input of [await regularPortal(sandbox), privatePortal(sandbox)]) {
			bodies.push((await requestOf('createPortal', { resource: 'portal', operation: 'create', ...input })).body);
		}
		expect(sorted(bodies.flatMap(keysOf))).toEqual(sorted(createPortalBody));
		for (const [key, parts] of Object.entries(portalBodyObjects)) {
			expect([key, sorted(keysOf(bodies[0]?.[key]))]).toEqual([key, sorted(parts)]);
		}
	});

	it('can be updated in every documented field', async () => {
		const bodies = [];
		for (const { name, subdomain, active, ...settings } of [await regularPortal(sandbox), privatePortal(sandbox)]) {
			const portalId = { mode: 'id', value: sandbox.seedPortal().id };
			const input = { ...settings, general: { name, subdomain, active }, portalId };
			bodies.push((await requestOf('updatePortal', { resource: 'portal', operation: 'update', ...input })).body);
		}
		expect(sorted(bodies.flatMap(keysOf))).toEqual(expect.arrayContaining(sorted(updatePortalBody)));
	});
});

it('webhooks can be created with every documented field, and with no other', async () => {
	const entries = { entries: [{ name: 'a', value: 'b' }] };
	const input = {
		name: 'x',
		url: 'https://a.example',
		events: 'package.created',
		headers: entries,
		bodyExtras: entries,
	};
	const { body } = await requestOf('createWebhook', { resource: 'webhook', operation: 'create', ...input });
	expect(sorted(keysOf(body))).toEqual(sorted(webhookBody));
	expect(body).toMatchObject({ headers: { a: 'b' }, body_extras: { a: 'b' } });
});

/** For each request, the operations that send it, with every field that it can have. */
const furtherRequests: Record<keyof typeof furtherBodies, () => object[]> = {
	createPackage: () => [
		{
			resource: 'package',
			operation: 'create',
			packageName: 'x',
			recipients: 'a@b.example',
			options: { message: 'x', password: 'made-up', accessLimit: 2, unlimitedStorage: true, partSize: 100 },
		},
	],
	createPortalPackage: () => {
		const portalId = { mode: 'id', value: sandbox.seedPortal().id };
		const target = { destination: 'portal', portalId, packageName: 'x', sender: 'a@b.example' };
		return [
			{
				resource: 'package',
				operation: 'create',
				...target,
				options: { message: 'x', formDataId: 'F1', partSize: 100 },
			},
		];
	},
	renamePackage: () => [
		{ resource: 'package', operation: 'update', packageId: sandbox.seedPackage().id, packageName: 'x' },
	],
	setPackageExpiry: () =>
		[{ expires: 'days', days: 1 }, { expires: 'never' }].map((expiry) => ({
			resource: 'package',
			operation: 'setExpiry',
			packageId: sandbox.seedPackage().id,
			...expiry,
		})),
	archiveSent: () => [
		{
			resource: 'package',
			operation: 'archiveMany',
			scope: 'sent',
			expiryStart: '2026-01-01',
			expiryEnd: '2026-02-01',
		},
	],
	createLink: () =>
		[{ email: 'a@b.example' }, { password: 'made-up' }].map((options) => ({
			resource: 'link',
			operation: 'create',
			packageId: sandbox.seedPackage().id,
			options,
		})),
	createForm: () => [
		{
			resource: 'portal',
			operation: 'createForm',
			portalId: { mode: 'id', value: sandbox.seedPortal().id },
			name: 'x',
			deliveryFormats: ['json'],
			formTemplateId: 'T1',
			fields: { entries: [{ name: 'code' }] },
		},
	],
	createTag: () => [{ resource: 'tag', operation: 'create', name: 'x' }],
	createSpace: () => [{ resource: 'teamspace', operation: 'create', name: 'x', memberIds: sandbox.members()[0]?.id }],
};

it.each(Object.entries(furtherBodies))(
	'%s is sent with every documented field, and with no other',
	async (step, names) => {
		const bodies = [];
		for (const parameters of furtherRequests[step as keyof typeof furtherBodies]()) {
			bodies.push((await requestOf(step, { ...parameters })).body);
		}
		expect(sorted(bodies.flatMap(keysOf))).toEqual(sorted(names));
	},
);

it('forms can have every documented type of field', () => {
	const fields = fieldsOf('portal', 'createForm').find(({ name }) => name === 'fields') as Field;
	const type = entriesOf(fields).values.find(({ name }) => name === 'type');
	expect(sorted((type?.options as Array<{ value: string }>).map(({ value }) => value))).toEqual(sorted(formFieldTypes));
});

describe('lists', () => {
	const text = { name: 'a', sender: 'a@b.example', subdomain: 'a' };
	const ids = { tags: 'T1', teamspaces: 'S1' };
	const filters = { ...text, ...ids, createdAfter: '2026-01-01', createdBefore: '2026-02-01', sort: 'name' };
	const expiryFilters = { expiresAfter: '2026-01-01', expiresBefore: '2026-02-01', extraStorage: true };

	it.each([
		['package', 'getAll', 'listPackages', packageList],
		['portal', 'getAll', 'listPortals', portalList],
		['portal', 'getPackages', 'listPortalPackages', portalPackageList],
	])('have every documented filter, and no other: %s.%s', async (resource, operation, step, { query }) => {
		const portalId = { mode: 'id', value: sandbox.seedPortal().id };
		const states = packageStates;
		const input = { direction: 'sent', portalId, filters: { ...filters, status: states, states }, expiryFilters };
		const sent = await requestOf(step, { resource, operation, ...input });
		expect(sorted(sent.query)).toEqual(sorted(query));
	});

	it.each([
		['package', 'getAll', packageList],
		['portal', 'getAll', portalList],
	])(
		'can be sorted by every documented field in both directions: %s.%s',
		(resource, operation, { sortFields = [] }) => {
			const options = fieldsOf(resource, operation).find(({ name }) => name === 'filters')?.options as Field[];
			const offered = options.find(({ name }) => name === 'sort')?.options as Array<{ value: string }>;
			expect(sorted(offered.map(({ value }) => value))).toEqual(
				sorted(sortFields.flatMap((name) => [name, `-${name}`])),
			);
		},
	);

	it('can be filtered by every documented state', () => {
		const options = fieldsOf('package', 'getAll').find(({ name }) => name === 'filters')?.options as Field[];
		const offered = options.find(({ name }) => name === 'status')?.options as Array<{ value: string }>;
		expect(sorted(offered.map(({ value }) => value))).toEqual(sorted(packageStates));
	});
});
