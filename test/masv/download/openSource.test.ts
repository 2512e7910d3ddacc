import { openSource } from '../../../masv/download/openSource';
import { failureOf, nockClient, useNock } from '../../support/nockMasv';
import { knows } from '../../support/nockNode';

useNock();

const open = async () => await openSource(nockClient(), { kind: 'package', packageId: 'P1' });

it('reads a package again that MASV does not show as finalized yet: an event may be faster', async () => {
	knows('P1', { state: 'new' });
	knows('P1', { state: 'finalized', name: 'Dailies' });
	expect(await open()).toMatchObject({ id: 'P1', name: 'Dailies' });
});

it.each(['expired', 'archived'])('does not read one again that is %s', async (state) => {
	knows('P1', { state });
	expect(await failureOf(open())).toMatchObject({ code: 'package_state_wrong' });
});

it('opens one whose state MASV does not tell', async () => {
	knows('P1');
	expect(await open()).toMatchObject({ id: 'P1' });
});
