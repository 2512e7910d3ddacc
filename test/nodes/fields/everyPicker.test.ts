import type {
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';

import type { Transport } from '../../../masv/transport';
import { Masv } from '../../../nodes/Masv/Masv.node';
import { MasvPollingTrigger } from '../../../nodes/Masv/MasvPollingTrigger.node';
import { MasvTrigger } from '../../../nodes/Masv/MasvTrigger.node';
import { platform } from '../../../nodes/Masv/platform';
import { failureOf } from '../../support/failureOf';
import { fakeN8n } from '../../support/fakeN8n';

type Picker = (this: ILoadOptionsFunctions, filter?: string) => Promise<INodeListSearchResult | INodePropertyOptions[]>;

/** It reads records of n8n's machine and asks MASV nothing: see sendNewOperation.test.ts. */
const { searchLedgers: _, ...searches } = new Masv().methods.listSearch;

/** Of the nodes as they are, so that those to come are among them. */
const pickers = Object.entries<Picker>({
	...searches,
	'getPortals of MASV': new Masv().methods.loadOptions.getPortals,
	'getPortals of MASV Trigger': new MasvTrigger().methods.loadOptions.getPortals,
	'getPortals of MASV Polling Trigger': new MasvPollingTrigger().methods.loadOptions.getPortals,
});

describe.each(pickers)('the picker %s', (_, picker: Picker) => {
	const debug: string[] = [];
	beforeEach(() => void (debug.length = 0));
	afterEach(() => jest.restoreAllMocks());

	/** What it shows if MASV gives the same answer to every request. */
	const show = async (status: number, answer: unknown): Promise<INodeListSearchItems[]> => {
		const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
		const transport: Transport = () => Promise.resolve({ status, headers: {}, text });
		jest.spyOn(platform, 'transportFor').mockReturnValue(transport);
		const { n8n } = fakeN8n();
		const logger = { ...n8n.logger, debug: (line: string) => void debug.push(line) };
		const found = await picker.call({ ...n8n, logger } as unknown as ILoadOptionsFunctions, '');
		return 'results' in found ? found.results : found;
	};
	const namesOf = (items: INodeListSearchItems[]): Record<string, string> =>
		Object.fromEntries(items.map(({ name, value }): [string, string] => [String(value), name]));
	/** A record that has what each list needs. */
	const record = (id: string, more: object) => ({ id, url: '', ...more });

	it('shows a name for everything, the ID if need be', async () => {
		const shown = await show(200, [
			record('A1', {}),
			record('A2', { name: '' }),
			record('A3', { name: ' \n\t' }),
			record('A4', { name: null }),
			record('A5', { name: 7 }),
		]);
		expect(namesOf(shown)).toEqual({ A1: 'A1', A2: 'A2', A3: 'A3', A4: 'A4', A5: 'A5' });
	});

	it('shows names in one line, without characters that hide or reverse something, and not endless', async () => {
		const shown = await show(200, [
			record('A1', { name: 'two\r\nlines\u2028or more' }),
			record('A2', { name: 'invoice\u202efdp.exe\u0007' }),
			record('A3', { name: 'x'.repeat(100_000) }),
			record('A4', { name: 'half \ud83c' }),
			record('A5', { name: 'Größe 映画 🎬 <b>' }),
		]);
		expect(namesOf(shown)).toEqual({
			A1: 'two lines or more',
			A2: 'invoice fdp.exe',
			A3: 'x'.repeat(200),
			A4: 'half \ufffd',
			A5: 'Größe 映画 🎬 <b>',
		});
	});

	it('shows each record once', async () => {
		const shown = await show(200, [record('A1', { name: 'one' }), record('A1', { name: 'one' })]);
		expect(shown.map(({ value }) => value)).toEqual(['A1']);
	});

	it.each([[[]], [{ records: null }], [{ metadata: { total: 0 }, records: [] }]])(
		'may be empty: %j',
		async (answer) => {
			expect(await show(200, answer)).toEqual([]);
		},
	);

	it.each<[string, number, unknown]>([
		['refuses the key', 401, ''],
		['refuses access', 403, ''],
		['knows no such team', 404, { message: 'not found' }],
		['is asked too often', 429, ''],
		['fails', 500, ''],
		['is a login page', 200, '<html><title>Sign in</title></html>'],
		['says nothing', 200, ''],
		['is something else', 200, { hello: 'world' }],
	])('shows in one line what is wrong and what to do if the server %s', async (__, status, answer) => {
		const { message } = await failureOf(show(status, answer));
		expect(message).toMatch(/^(Could not list|Webhooks are not enabled)/);
		expect(message).toMatch(/Check the |[Tt]ry again later|MASV support|MASV web app|may work differently/);
		expect(message).not.toMatch(/\n|[^.!?:] (Check|Use|Do) |\.\.|undefined/);
	});

	it('is in the debug log', async () => {
		await show(200, []);
		expect(debug[0]).toMatch(/^MASV: list the .*: status 200, \d+ ms, attempt 1$/);
	});
});

describe('the link from the picker to a portal', () => {
	const linkTo = async (subdomain: unknown): Promise<string | undefined> => {
		const text = JSON.stringify([{ id: 'A1', subdomain }]);
		jest.spyOn(platform, 'transportFor').mockReturnValue(() => Promise.resolve({ status: 200, headers: {}, text }));
		const { searchPortals } = new Masv().methods.listSearch;
		const found = await searchPortals?.call(fakeN8n().n8n as unknown as ILoadOptionsFunctions);
		return found?.results[0]?.url;
	};
	afterEach(() => jest.restoreAllMocks());

	it('is preceded by the subdomain if the portal has no name', async () => {
		const text = JSON.stringify([{ id: 'A1', name: ' ', subdomain: 'second-unit' }]);
		jest.spyOn(platform, 'transportFor').mockReturnValue(() => Promise.resolve({ status: 200, headers: {}, text }));
		const found = await new Masv().methods.listSearch.searchPortals?.call(
			fakeN8n().n8n as unknown as ILoadOptionsFunctions,
		);
		expect(found?.results[0]?.name).toBe('second-unit');
	});

	it('leads to the portal', async () => {
		expect(await linkTo('second-unit')).toBe('https://second-unit.portal.massive.io/');
	});

	it.each(['evil.example/x?', 'evil.example#', 'a@evil.example/', '"><script>', '', '-', 7, null])(
		'is absent if the subdomain is none: %j',
		async (subdomain) => expect(await linkTo(subdomain)).toBeUndefined(),
	);
});
