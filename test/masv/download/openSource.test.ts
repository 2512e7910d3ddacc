import { openSource } from '../../../masv/download/openSource';
import { instantClock } from '../../support/instantClock';
import { failureOf, forgetTheRest, masv, nockClient, useNock } from '../../support/nockMasv';
import { knows } from '../../support/nockNode';

useNock();

const open = async () => await openSource(nockClient(), { kind: 'package', packageId: 'P1' });

it('reads a package again that MASV does not show as finalized yet: an event may be faster', async () => {
	knows('P1', { state: 'new' });
	knows('P1', { state: 'finalized', name: 'Dailies' });
	expect(await open()).toMatchObject({ id: 'P1', name: 'Dailies' });
});

it('reads one again that a list, or a reading before, has not shown as finalized', async () => {
	knows('P1', { state: 'finalized', name: 'Dailies' });
	const found = { id: 'P1', state: 'new' };
	expect(await openSource(nockClient(), { kind: 'package', packageId: 'P1', found })).toMatchObject({
		name: 'Dailies',
	});
});

it.each([
	['a server that fails', 503, {}, 30_000],
	['a package that is still being uploaded', 200, { id: 'P1', state: 'new', access_token: 'token-P1' }, 10_000],
])('does not wait for %s for long: nothing has been received yet', async (_, status, body, longestMs) => {
	const clock = instantClock();
	masv()
		.get(/packages/)
		.times(100)
		.reply(status, body);
	await failureOf(openSource(nockClient({ clock }), { kind: 'package', packageId: 'P1' }));
	forgetTheRest();
	expect(clock.slept.length).toBeGreaterThan(0);
	expect(clock.slept.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(longestMs);
});

it.each(['expired', 'archived'])('does not read one again that is %s', async (state) => {
	knows('P1', { state });
	expect(await failureOf(open())).toMatchObject({ code: 'package_state_wrong' });
});

it('opens one whose state MASV does not tell', async () => {
	knows('P1');
	expect(await open()).toMatchObject({ id: 'P1' });
});
