import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as events from '../../../masv/watch/events';
import type { WatchOptions } from '../../../masv/watch/events/definition';
import { pollingFields } from '../../../nodes/Masv/polling/fields';

const folder = join(__dirname, '../../../masv/watch/events');

describe('the events of the polling trigger', () => {
	it('are all offered under Trigger On, and no others', () => {
		const [{ options }] = pollingFields;
		expect(options.map(({ value }) => value).sort()).toEqual(Object.keys(events).sort());
	});

	it.each([
		['Portals', { portalIds: ['O1'] }],
		['Days Before Expiry', { days: 4 }],
	])('begin anew when %s is changed, as Start From says', (label, change) => {
		const before: WatchOptions = { portalIds: undefined, days: 3, startFrom: undefined };
		const facts = (options: WatchOptions) => Object.values(events).map(({ keyFacts }) => keyFacts(options));
		expect(facts({ ...before, ...change })).not.toEqual(facts(before));
		const { options } = pollingFields.find(({ name }) => name === 'options') as { options: readonly object[] };
		expect(options).toContainEqual(
			expect.objectContaining({ name: 'startFrom', description: expect.stringContaining(label) as string }),
		);
	});

	it('have a file each, and each file that no other event imports is exported', () => {
		const files = readdirSync(folder).filter((file) => file !== 'index.ts');
		const texts = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
		const names = files.map((file) => file.replace(/\.ts$/, ''));
		expect(names.filter((name) => !texts.includes(`from './${name}'`)).sort()).toEqual(Object.keys(events).sort());
	});
});
