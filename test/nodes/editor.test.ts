import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { INodeProperties } from 'n8n-workflow';

import { Masv } from '../../nodes/Masv/Masv.node';
import { MasvPollingTrigger } from '../../nodes/Masv/MasvPollingTrigger.node';
import { MasvTrigger } from '../../nodes/Masv/MasvTrigger.node';

const root = join(__dirname, '../..');
const jsonOf = <T>(file: string): T => JSON.parse(readFileSync(join(root, file), 'utf8')) as T;

const nodes = [new Masv(), new MasvTrigger(), new MasvPollingTrigger()].map(({ description }) => description);
const fieldOf = (operation: string, label: string, shown: Record<string, string> = {}): INodeProperties | undefined =>
	nodes[0]?.properties.find(({ displayName, displayOptions: { show = {} } = {} }) => {
		const isShown = Object.entries({ operation, ...shown }).every(([name, value]) => show[name]?.includes(value));
		return displayName.startsWith(label) && isShown;
	});
/** All that a user can read in a field, its options included. */
const textsOf = (field: INodeProperties): string[] => [
	...[field.displayName, field.description ?? '', field.hint ?? ''],
	...(field.options ?? []).flatMap((option) =>
		'type' in option ? textsOf(option) : [option.name, 'description' in option ? (option.description ?? '') : ''],
	),
];

describe('the search for nodes', () => {
	it.each([
		...['send large files', 'share', 'receive', 'download', 'massive', 'package', 'big files', 'footage', 'media'],
		...['link', 'wetransfer', 'sync'],
	])('finds MASV by %j', (words) => {
		expect(jsonOf<{ alias: string[] }>('nodes/Masv/Masv.node.json').alias).toContain(words);
	});
});

describe('the panel', () => {
	it.each(['send', 'create'])('of %s offers people, by email or link, and portals', (operation) => {
		const names = fieldOf(operation, 'Destination')?.options?.map((option) => 'name' in option && option.name);
		expect(names).toEqual(['People (Email or Link)', 'Portal']);
	});

	it.each(['send', 'upload'])('of %s says at Binary Field that large files belong to Path on Disk', (operation) => {
		const notice = fieldOf(operation, 'For large files, use Path on Disk', { source: 'binary' });
		expect(notice).toMatchObject({ type: 'notice' });
		expect(notice?.displayName).toContain('n8n copies binary data');
	});

	it.each(['send', 'sendNew', 'upload'])(
		'of %s says on which machine paths are, also while one is typed',
		(operation) => {
			expect(fieldOf(operation, 'File or Folder Paths')?.hint).toContain('on the machine (or container) n8n runs on');
		},
	);

	it.each(['send', 'sendNew', 'receive', 'receiveNew', 'upload', 'download'])(
		'of %s says that the executions of a process share a bandwidth limit, as it is',
		(operation) => {
			const texts = textsOf(fieldOf(operation, 'Transfer') as INodeProperties);
			expect(texts.filter((text) => /All executions of this n8n process/.test(text))).toHaveLength(1);
		},
	);

	it('of Send Files has a message of several rows', () => {
		const options = fieldOf('send', 'Options')?.options as INodeProperties[];
		const message = options.find(({ displayName }) => displayName === 'Message');
		expect(message?.typeOptions?.rows).toBeGreaterThan(1);
	});

	it('of the trigger does not show the webhook URL, which others could only call to get 401', () => {
		expect(nodes[1]?.webhooks?.map(({ ndvHideUrl }) => ndvHideUrl)).toEqual([true, true]);
	});

	it('says publish (activate), as both generations of n8n call it', () => {
		const texts = nodes.flatMap(({ properties }) => properties.flatMap(textsOf));
		expect(texts.filter((text) => /activat/i.test(text)).length).toBeGreaterThan(0);
		expect(texts.filter((text) => /(?<!publish(ed|ing)? \()activat/i.test(text))).toEqual([]);
	});
});

it('the example that archives has its portal picked from the list', () => {
	const { nodes: found } = jsonOf<{ nodes: Array<{ parameters: Record<string, unknown> }> }>(
		'examples/nightly-archive.json',
	);
	expect(found.map(({ parameters }) => parameters.portalId).filter((value) => value !== undefined)).toEqual([
		{ __rl: true, mode: 'list', value: '' },
	]);
});
