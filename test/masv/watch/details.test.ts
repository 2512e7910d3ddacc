import { toEvents } from '../../../masv/watch/details';

describe('toEvents', () => {
	const found = ['P1', 'P2'].map((packageId) => ({
		key: packageId,
		at: 0,
		list: 'sent',
		packageId,
		eventTime: undefined,
		shown: { object: { id: packageId } },
	}));

	it('requests the details of one event even if the time is up, so that every poll makes progress', async () => {
		const pace = { hasTime: () => false, hasCapacity: () => false, hasAdvanced: () => true, advance: () => {} };
		const details = async (packageId: string) => await Promise.resolve({ package: { id: packageId } });
		expect(await toEvents(found, 'package.sent', details, pace)).toEqual({
			events: [{ event_type: 'package.sent', object: { id: 'P1' }, package: { id: 'P1' } }],
			postponed: [found[1]],
		});
	});
});
