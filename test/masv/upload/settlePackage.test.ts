import type { MasvClient } from '../../../masv/client';
import { MasvApiError, MasvError } from '../../../masv/errors';
import { createGuard } from '../../../masv/transfer/guard';
import type { JournalRecord } from '../../../masv/transfer/journal';
import type { SendRequest } from '../../../masv/upload/sendRequest';
import type { PackageProgress } from '../../../masv/upload/settlePackage';
import { reportOutcome } from '../../../masv/upload/settlePackage';
import { masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const packageRoute = `/v1.1/teams/${teamId}/packages/P1`;
const deleteRoute = '/v1/packages/P1';

let removals: number;
const record: JournalRecord = {
	lines: [],
	append: async () => {},
	remove: () => Promise.resolve(void removals++),
	close: async () => {},
};
beforeEach(() => {
	removals = 0;
});

function hasState(state: string): void {
	masv().get(packageRoute).reply(200, { id: 'P1', state, access_token: 'token-1' });
}

/** The error of an upload, after the package has been settled. */
async function settle(
	unfinished: SendRequest['unfinished'],
	kept: JournalRecord | null = record,
	client: MasvClient = nockClient(),
	{
		progress = 'open',
		error = new MasvError('It failed', { code: 'server_error' }),
		isGivenUp,
	}: { progress?: PackageProgress; error?: MasvError; isGivenUp?: boolean } = {},
): Promise<MasvError> {
	const request: SendRequest = {
		target: { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } },
		sources: [],
		unfinished,
	};
	const delivery = { guard: createGuard(undefined, client.clock), record: kept ?? undefined, isGivenUp };
	expect(await reportOutcome(client, 'P1', request, delivery, progress, error)).toBe(error);
	return error;
}

describe('the package of a failed upload', () => {
	it.each<[string, JournalRecord | null, string]>([
		['resumed', record, 'resumable'],
		['only completed by hand', null, 'kept'],
	])('that is kept can be %s', async (_, kept, outcome) => {
		hasState('new');
		const error = await settle('keep', kept);
		expect(error.hint).toBe('Package P1 was kept unfinished; no notifications were sent.');
		expect(error.facts.outcome).toBe(outcome);
		expect(removals).toBe(0);
	});

	it.each([
		['with a password that seals its token, can be resumed', 'open sesame', 'resumable'],
		['without one, can be completed by nobody', undefined, 'lost'],
	])('in the portal of somebody else, sent without an account and %s', async (_, secret, outcome) => {
		const client = nockClient({ apiKey: undefined, teamId: undefined, secret });
		expect((await settle('keep', record, client)).facts.outcome).toBe(outcome);
	});

	it('is deleted on request, with its record', async () => {
		hasState('new');
		masv().delete(deleteRoute).reply(204);
		const error = await settle('delete');
		expect(error.hint).toBe('The unfinished package P1 was deleted.');
		expect(error.facts.outcome).toBeUndefined();
		expect(removals).toBe(1);
	});

	it('is deleted although the upload was canceled', async () => {
		hasState('new');
		masv().delete(deleteRoute).reply(204);
		const error = await settle('delete', record, nockClient({ signal: AbortSignal.abort() }));
		expect(error.hint).toMatch(/was deleted/);
	});

	it('is neither deleted nor looked at once MASV has confirmed that it is finalized', async () => {
		const error = await settle('delete', record, nockClient(), { progress: 'finalized' });
		expect(error.hint).toBe('Package P1 was finalized and delivered anyway.');
	});

	it.each<[PackageProgress, SendRequest['unfinished']]>([
		['open', 'keep'],
		['open', 'delete'],
		['uncertain', 'keep'],
	])('can be resumed although its state cannot be read (%s, %s)', async (progress, unfinished) => {
		masv().get(packageRoute).reply(402);
		const error = await settle(unfinished, record, nockClient(), { progress });
		expect(error.hint).toBe('The state of package P1 is unknown; check it in MASV.');
		expect([error.facts.outcome, removals]).toEqual(['resumable', 0]);
	});

	describe('if MASV has refused a change, so that its state may be behind,', () => {
		const refused = (): MasvApiError => {
			const request = { operation: 'add a file', service: 'MASV' } as const;
			return new MasvApiError({ code: 'request_rejected', status: 400, details: [], ...request });
		};

		it('is not deleted once MASV shows that it was finalized', async () => {
			for (const state of ['new', 'new', 'finalized']) hasState(state);
			const { hint } = await settle('delete', record, nockClient(), { error: refused() });
			expect(hint).toBe('Package P1 was finalized and delivered anyway.');
		});

		it('is deleted if MASV shows for a minute that it was not', async () => {
			let looks = 0;
			const reply = () => ({ id: 'P1', state: ++looks > 0 ? 'new' : '', access_token: 'token-1' });
			masv().persist().get(packageRoute).reply(200, reply);
			masv().delete(deleteRoute).reply(204);
			const { hint } = await settle('delete', record, nockClient(), { error: refused() });
			expect(hint).toBe('The unfinished package P1 was deleted.');
			expect(looks).toBeGreaterThan(3);
		});
	});

	it('is not deleted while MASV may still finalize it', async () => {
		hasState('new');
		const error = await settle('delete', record, nockClient(), { progress: 'uncertain' });
		expect([error.hint, error.facts.outcome]).toEqual([
			'It is uncertain whether package P1 is delivered: MASV may still finalize it.',
			'resumable',
		]);
	});

	it.each<[PackageProgress, string, string | undefined]>([
		['uncertain', 'It is uncertain whether package P1 was delivered: it is expired now.', undefined],
		['open', 'Package P1 is expired now: its files were deleted.', 'lost'],
	])('is neither called unfinished nor deleted again once it has expired (%s)', async (progress, hint, outcome) => {
		for (const unfinished of ['keep', 'delete'] as const) {
			hasState('expired');
			const error = await settle(unfinished, record, nockClient(), { progress });
			expect([error.hint, error.facts.outcome]).toEqual([hint, outcome]);
		}
		expect(removals).toBe(0);
	});

	it('is not to be completed by hand if the next run begins another one: the recipients would get both', async () => {
		hasState('new');
		const error = new MasvError('MASV does not remove a file', { code: 'file_not_removed' });
		await settle('keep', null, nockClient(), { error, isGivenUp: true });
		expect([error.hint, error.facts.outcome]).toEqual([
			'Package P1 was kept unfinished; no notifications were sent.',
			'lost',
		]);
	});

	it('is not deleted with a file in it that somebody else has added', async () => {
		hasState('new');
		const error = new MasvError('It contains another file', { code: 'package_file_unknown' });
		await settle('delete', record, nockClient(), { error });
		expect(error.hint).toBe('Package P1 was kept unfinished; no notifications were sent.');
		expect(removals).toBe(0);
	});

	it('is not deleted if another run takes it over while its state is read', async () => {
		hasState('new');
		const client = nockClient();
		const answers = [true, false];
		const lease = { fence: 1, isHeld: () => Promise.resolve(answers.shift() === true), release: async () => {} };
		let now = 0;
		const guard = createGuard(lease, { now: () => (now += 1_000) });
		const error = new MasvError('It failed', { code: 'server_error' });
		const target: SendRequest['target'] = {
			kind: 'team',
			request: { name: 'Dailies', description: '', recipients: [] },
		};
		const request: SendRequest = { target, sources: [], unfinished: 'delete' };
		await reportOutcome(client, 'P1', request, { guard, record }, 'open', error);
		expect(error.hint).toBe('The state of package P1 is unknown; check it in MASV.');
		expect(removals).toBe(0);
	});

	it('is not deleted if its notes cannot be removed: a run could go on with it at that moment', async () => {
		hasState('new');
		const error = await settle('delete', { ...record, hasFailed: () => true });
		expect(error.hint).toBe('Package P1 was kept unfinished, because its notes cannot be removed.');
	});

	it('is not deleted if MASV has refused to finalize it once more, although it shows it as new', async () => {
		const error = new MasvError('It is finalized', { code: 'package_already_finalized' });
		expect((await settle('delete', record, nockClient(), { error })).hint).toMatch(/finalized and delivered anyway/);
		expect(removals).toBe(0);
	});

	it('is not looked at by a run that was taken over, whose error says so', async () => {
		const lease = { fence: 1, isHeld: () => Promise.resolve(false), release: async () => {} };
		const client = nockClient();
		const request = { sources: [], unfinished: 'delete' } as unknown as SendRequest;
		const first = new MasvError('It failed', { code: 'server_error' });
		const delivery = { guard: createGuard(lease, client.clock), record };
		const error = await reportOutcome(client, 'P1', request, delivery, 'open', first);
		expect(error).toMatchObject({ code: 'delivery_taken_over', cause: first });
	});

	it('is neither kept nor deleted once it is finalized', async () => {
		hasState('finalized');
		const error = await settle('delete');
		expect(error.hint).toBe('Package P1 was finalized and delivered anyway.');
		expect(removals).toBe(0);
	});

	it('is unknown if it cannot be deleted: the second error is the cause, and no run goes on with it', async () => {
		hasState('new');
		masv().delete(deleteRoute).reply(403);
		const error = await settle('delete');
		expect(error.hint).toBe('The state of package P1 is unknown; check it in MASV.');
		expect(error.cause).toMatchObject({ operation: 'delete package P1', status: 403 });
		expect(removals).toBe(1);
	});
});
