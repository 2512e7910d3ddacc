import { hasBegun } from '../../../masv/watch/poll';
import type { WatchRequest } from '../../../masv/watch/request';
import { toSaved } from '../../../masv/watch/request';
import { nockClient } from '../../support/nockMasv';

const request: WatchRequest = { event: 'packageDownloaded', portalIds: ['O1', 'O2'], days: 3, startFrom: undefined };

describe('a stored state', () => {
	const saved = toSaved(nockClient(), request, {});

	it.each<[boolean, string, Partial<WatchRequest>]>([
		[true, 'nothing', {}],
		[true, 'the order of the portals', { portalIds: ['O2', 'O1'] }],
		[true, 'the start date', { startFrom: 1 }],
		[false, 'the portals', { portalIds: ['O1'] }],
		[false, 'the event', { event: 'packageDelivered' }],
	])('is continued: %j, if this changes: %s', (isContinued, _, change) => {
		expect(hasBegun(nockClient(), { ...request, ...change }, saved)).toBe(isContinued);
	});
});
