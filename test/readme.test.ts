import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const documents = [
	...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
	...readdirSync(join(root, 'docs'))
		.filter((name) => name.endsWith('.md'))
		.map((name) => join('docs', name)),
];

/** As GitHub derives the anchor of a heading. */
const anchorOf = (heading: string): string =>
	heading
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
		.trim()
		.replaceAll(/\s/g, '-');

const anchorsOf = (file: string): string[] =>
	[...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** Links and pictures that stay in the repository. */
const linksOf = (file: string): string[] =>
	[...read(file).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)]
		.map(([, link, picture]) => link ?? picture ?? '')
		.filter((link) => !/^[a-z]+:/.test(link));

const broken = (file: string): string[] =>
	linksOf(file).filter((link) => {
		const [path = '', anchor] = link.split('#');
		const target = path === '' ? file : join(dirname(file), path);
		if (!existsSync(join(root, target))) return true;
		return anchor !== undefined && !anchorsOf(target).includes(anchor);
	});

describe.each(documents)('%s', (file) => {
	it('has no broken link to a file, a heading or a picture', () => {
		expect(broken(file)).toEqual([]);
	});
});

describe('the README', () => {
	it('has a recipe for every example, and only for these', () => {
		const rows = [...read('README.md').matchAll(/^\| \[([\w-]+\.json)\]\(examples\/\1\) \|/gm)].map(([, name]) => name);
		const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.json'));
		expect(rows.sort()).toEqual(examples.sort());
	});

	it.each(documents)('calls the settings of a node as n8n does: %s', (file) => {
		expect(read(file)).not.toMatch(/continue on fail/i);
	});

	it.each(['README.md', 'docs/troubleshooting.md'])('explains only codes that exist: %s', (file) => {
		const codes = [...read('masv/errorCodes.ts').matchAll(/\| '(\w+)'/g)].map(([, code]) => code);
		const rows = read(file)
			.split('\n')
			.filter((line) => line.startsWith('|') && !line.includes('](') && !line.startsWith('| Package'))
			.flatMap((line) => [...line.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)].map(([, code]) => code));
		expect(rows.length).toBeGreaterThan(5);
		expect(rows.filter((code) => !codes.includes(code))).toEqual([]);
	});
});

describe('the pictures', () => {
	const pictures = readdirSync(join(root, 'docs', 'pictures'));

	it('are there in light and dark', () => {
		const themes = (theme: string): string[] =>
			pictures.filter((name) => name.endsWith(`-${theme}.png`)).map((name) => name.replace(`-${theme}.png`, ''));
		expect(themes('light').length).toBeGreaterThan(0);
		expect(themes('dark')).toEqual(themes('light'));
	});

	it('are smaller than 150 kB', () => {
		const large = pictures.filter((name) => statSync(join(root, 'docs', 'pictures', name)).size > 150_000);
		expect(large).toEqual([]);
	});
});
