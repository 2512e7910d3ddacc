import type { Journal, JournalRecord } from '../../../masv/transfer/journal';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { FileSource } from '../../../masv/transfer/source';
import { claimRecord, findUnfinished } from '../../../masv/upload/packageRecord';
import type { SendRequest } from '../../../masv/upload/sendRequest';
import { masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');

function fileNamed(name: string): FileSource {
	return { ...bufferSource(Buffer.from(name), { name, path: '', modifiedAt }), identity: name };
}

function requestOf(more: Partial<SendRequest> = {}): SendRequest {
	return {
		target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } },
		sources: [fileNamed('a.mov'), fileNamed('b.mov')],
		unfinished: 'keep',
		scope: 'workflow/node',
		...more,
	};
}

let removals: number;
beforeEach(() => {
	removals = 0;
});

/** The record of a run that created package P1 and stored these files. */
function recordWith(...stored: string[]): JournalRecord {
	return {
		lines: [{ package_id: 'P1' }, ...stored.map((name) => ({ id: name, name, path: '' }))],
		append: async () => {},
		remove: () => Promise.resolve(void removals++),
		close: async () => {},
	};
}

function hasState(state: string, name = 'Dailies'): void {
	masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(200, { id: 'P1', state, name, access_token: 'token-1' });
}

describe('an unfinished package', () => {
	it('is resumed with the files that it lists: some of them may be leftovers', async () => {
		hasState('new');
		const listed = [
			{ id: 'a.mov', name: 'a.mov' },
			{ id: 'stray', name: 'b.mov' },
		];
		masv().get('/v1/packages/P1/files').reply(200, listed);
		const unfinished = await findUnfinished(nockClient(), requestOf(), recordWith('a.mov'));
		expect(unfinished?.package.id).toBe('P1');
		expect([...(unfinished?.files.keys() ?? [])]).toEqual(['a.mov']);
		expect(unfinished?.leftovers).toMatchObject(listed);
		expect(removals).toBe(0);
	});

	it('gets the name of the new run', async () => {
		hasState('new', 'Dailies of Monday');
		masv().put('/v1/packages/P1', { name: 'Dailies' }).reply(200, { id: 'P1', name: 'Dailies' });
		masv().get('/v1/packages/P1/files').reply(200, []);
		const unfinished = await findUnfinished(nockClient(), requestOf(), recordWith());
		expect(unfinished?.package).toMatchObject({ name: 'Dailies', state: 'new' });
	});

	it('is complete if it was finalized with all files', async () => {
		hasState('finalized');
		const unfinished = await findUnfinished(nockClient(), requestOf(), recordWith('a.mov', 'b.mov'));
		expect(unfinished).toMatchObject({ package: { id: 'P1', state: 'finalized' }, leftovers: [] });
		expect(removals).toBe(0);
	});

	it.each([
		['was finalized by someone else', 'finalized', ['a.mov']],
		['has expired', 'expired', ['a.mov', 'b.mov']],
	])('that %s is not resumed, and its record is removed', async (_, state, stored) => {
		hasState(state);
		expect(await findUnfinished(nockClient(), requestOf(), recordWith(...stored))).toBeUndefined();
		expect(removals).toBe(1);
	});

	it.each<[string, Partial<SendRequest>]>([
		['another node', { scope: 'workflow/other node' }],
		['another file', { sources: [fileNamed('a.mov'), fileNamed('c.mov')] }],
		['another recipient', { target: { kind: 'team', request: { name: '', description: '', recipients: ['a@b.c'] } } }],
	])('is not resumed by a run with %s', async (_, more) => {
		const keys: string[] = [];
		const journal: Journal = { open: (key) => Promise.resolve((keys.push(key), recordWith())) };
		for (const request of [{}, more]) await claimRecord(nockClient(), requestOf({ journal, ...request }));
		expect(keys[0]).not.toBe(keys[1]);
	});
});
