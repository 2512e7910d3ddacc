import { eventMemoryOf } from '../../nodes/Masv/trigger/eventMemory';
import { readBookkeeping } from '../../nodes/Masv/fields/transfer';
import { platform } from '../../nodes/Masv/platform';
import { fakeN8n } from '../support/fakeN8n';

afterEach(() => void jest.restoreAllMocks());

/** What n8n's log says when the folder is not shared. */
async function warningsOf(use: (n8n: never) => unknown): Promise<string[]> {
	const found = Promise.resolve('/data');
	jest.spyOn(platform, 'findUnshared').mockReturnValue(found);
	const { n8n, logged } = fakeN8n();
	use(n8n as never);
	await found;
	return logged;
}

describe('processes that do not share a folder', () => {
	it.each([
		['a transfer', (n8n: never) => readBookkeeping(n8n, 'upload')],
		['an event', (n8n: never) => eventMemoryOf(n8n)],
	])('say so when they begin %s', async (_what, use) => {
		const [warning, ...more] = await warningsOf(use);
		expect(warning).toContain('do not share /data');
		expect(warning).toContain('N8N_STORAGE_PATH');
		expect(more).toEqual([]);
	});
});
