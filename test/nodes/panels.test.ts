import type { INodeProperties } from 'n8n-workflow';

import { Masv } from '../../nodes/Masv/Masv.node';
import { MasvPollingTrigger } from '../../nodes/Masv/MasvPollingTrigger.node';
import { MasvTrigger } from '../../nodes/Masv/MasvTrigger.node';

const properties = [new Masv(), new MasvTrigger(), new MasvPollingTrigger()].flatMap(
	({ description: { name, properties: fields } }) => fields.map((field) => ({ node: name, field })),
);

/** What the user has chosen above the options. */
const choices = [
	{ '/authentication': 'teamKey', '/destination': 'team' },
	{ '/authentication': 'teamKey', '/destination': 'portal' },
	{ '/authentication': 'portal', '/destination': 'team' },
	{ '/authentication': 'none', '/destination': 'team' },
] as const;

/** The options that a collection offers. n8n shows an option under the conditions of its own. */
function offered(field: INodeProperties, choice: Record<string, string>): string[] {
	return (field.options as INodeProperties[])
		.filter(({ displayOptions }) =>
			Object.entries(choice).every(([name, value]) => displayOptions?.show?.[name]?.includes(value) ?? true),
		)
		.map(({ displayName }) => displayName);
}

const panels = properties
	.filter(({ field: { type } }) => type === 'collection')
	.map(({ node, field }) => {
		const { resource = [], operation = [] } = (field.displayOptions?.show ?? {}) as Record<string, string[]>;
		return { place: [node, ...resource, ...operation, field.displayName].join(' > '), field };
	});

describe('a panel of options', () => {
	it.each(panels.map(({ place, field }) => [place, field] as const))('offers at most eight: %s', (_, field) => {
		for (const choice of choices) {
			const options = offered(field, choice);
			expect(options.length).toBeLessThanOrEqual(8);
			expect(options).toEqual([...new Set(options)]);
		}
		expect(offered(field, choices[0]).length).toBeGreaterThan(0);
	});

	it.each(['masv > package > receive > Transfer', 'masv > file > download > Transfer'])(
		'has no option that binary data would ignore: %s',
		(wanted) => {
			const { field } = panels.find(({ place }) => place === wanted) as (typeof panels)[number];
			const ofFolders = ['If the Same Download Is Running', 'Part Size (MiB)'];
			const shown = (saveTo: string) =>
				offered(field, { '/saveTo': saveTo }).filter((option) => ofFolders.includes(option));
			expect([shown('folder'), shown('binary')]).toEqual([ofFolders, []]);
		},
	);

	it.each(['masv > storage > pull > Options', 'masv > storage > sendPackage > Options'])(
		'has a time limit only if there is something to wait for: %s',
		(wanted) => {
			const { field } = panels.find(({ place }) => place === wanted) as (typeof panels)[number];
			const { displayOptions } = (field.options as INodeProperties[]).find(({ name }) => name === 'timeLimit') ?? {};
			expect(displayOptions).toEqual({ show: { '/wait': [true] } });
		},
	);

	it('is counted in every operation and trigger that has one', () => {
		const places = panels.map(({ place }) => place);
		expect(places).toContain('masv > package > getAll > Filters');
		expect(places).toContain('masv > file > upload > Transfer');
		expect(places).toContain('masvTrigger > Options');
		expect(places).toContain('masvPollingTrigger > Options');
	});

	it('offers to leave out empty folders only where they are sent otherwise', () => {
		const offersIt = (operation: string) => {
			const { field } = panels.find(
				({ place }) => place === `masv > ${operation} > Options`,
			) as (typeof panels)[number];
			const leaveOut = (field.options as INodeProperties[]).find(({ name }) => name === 'leaveOut');
			return JSON.stringify(leaveOut?.options).includes('Empty Folders');
		};
		expect(['package > send', 'file > upload', 'package > sendNew'].map(offersIt)).toEqual([true, true, false]);
	});

	it('says beside it that a package in a portal of others can be neither filled nor finalized', () => {
		const notices = properties.filter(({ field: { type, displayOptions } }) => {
			const { operation, resource } = displayOptions?.show ?? {};
			return type === 'notice' && resource?.includes('package') === true && operation?.includes('create') === true;
		});
		expect(notices.map(({ field }) => field.displayOptions?.show?.authentication)).toEqual([['portal']]);
		expect(notices[0]?.field.displayName).toContain('use Send Files instead');
	});

	it.each(['masv > package > send > Options', 'masv > package > create > Options'])(
		'has no option of the other destination: %s',
		(wanted) => {
			const { field } = panels.find(({ place }) => place === wanted) as (typeof panels)[number];
			const [forPeople, forPortals, withPortal] = choices.map((choice) => offered(field, choice));
			expect(withPortal).toEqual(forPortals);
			expect(forPortals).toContain('Form Response ID');
			expect(forPeople).not.toContain('Form Response ID');
			for (const option of ['Download Limit', 'Password', 'Unlimited Storage']) {
				expect(forPeople).toContain(option);
				expect(forPortals).not.toContain(option);
			}
		},
	);
});

/** A field and all fields in it. */
function withInner(field: INodeProperties, path: string): Array<{ place: string; field: INodeProperties }> {
	const place = `${path} > ${field.displayName}`;
	const inner = (field.options ?? []).flatMap((option) => ('values' in option ? option.values : [option]));
	const fields = inner.filter((option): option is INodeProperties => 'type' in option);
	return [{ place, field }, ...fields.flatMap((option) => withInner(option, place))];
}

describe('a text field', () => {
	const fields = properties.flatMap(({ node, field }) => {
		const { resource = [], operation = [] } = (field.displayOptions?.show ?? {}) as Record<string, string[]>;
		return withInner(field, [node, ...resource, ...operation].join(' > '));
	});
	const texts = fields.filter(({ field }) => field.type === 'string' && field.typeOptions?.password !== true);

	it('shows an example of what to enter, unless it has a default', () => {
		expect(texts.length).toBeGreaterThan(100);
		const without = texts.filter(({ field }) => field.placeholder === undefined && field.default === '');
		expect(without.map(({ place }) => place)).toEqual([]);
		const other = texts.filter(({ field }) => field.placeholder?.startsWith('e.g. ') === false);
		expect(other.map(({ place }) => place)).toEqual([]);
	});

	it('for IDs of others says where they are from', () => {
		const lists = texts.filter(({ field }) => field.displayName.endsWith(' IDs'));
		expect(lists.length).toBeGreaterThan(5);
		const without = lists.filter(({ field }) => !/Get Many|custom webhooks/.test(field.description ?? ''));
		expect(without.map(({ place }) => place)).toEqual([]);
	});
});

it('the orders of packages are sorted by name', () => {
	const filters = properties.filter(({ field }) => field.name === 'filters').map(({ field }) => field.options ?? []);
	const sorts = filters.flat().filter((option): option is INodeProperties => option.name === 'sort');
	for (const { options = [] } of sorts) {
		const names = options.map(({ name }) => name);
		expect(names).toEqual(names.toSorted());
	}
	expect(sorts.length).toBeGreaterThan(2);
});
