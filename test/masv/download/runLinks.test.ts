import { createRunLinks } from '../../../masv/download/runLinks';
import { fifteenMinutesOfOutage, fiveSecondsOfOutage } from '../../../masv/retry';
import { instantClock } from '../../support/instantClock';
import { masv, useNock } from '../../support/nockMasv';
import { tokenClient } from '../../support/packageToken';

useNock();

const clock = instantClock();

/** What the run says at its end, when MASV answers each request to disable its link with these statuses. */
async function endWith(...statuses: number[]): Promise<string[]> {
	const client = tokenClient({ clock });
	masv().post('/v1/packages/P1/links').reply(201, { id: 'L1', download_secret: 'secret-1' });
	masv().get('/v1/links/L1?secret=secret-1').reply(200, { package_id: 'P1', package_token: 'token-2' });
	const about = { packageId: 'P1', token: 'token-1', books: {}, policy: fifteenMinutesOfOutage };
	const links = createRunLinks(client, about);
	await links.open();
	clock.slept.length = 0;
	for (const status of statuses) masv().delete('/v1/links/L1').optionally().reply(status);
	return await links.end();
}

describe('the links of a run', () => {
	it('are disabled although MASV fails for a moment', async () => {
		expect(await endWith(503, 503, 204)).toEqual([]);
	});

	it('do not keep a finished run waiting for as long as an outage may last', async () => {
		const statuses = new Array<number>(50).fill(503);
		expect(await endWith(...statuses)).toEqual([
			expect.stringMatching(/^The direct link L1 could not be disabled: .*503/),
		]);
		expect(clock.slept.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(fiveSecondsOfOutage.patienceMs);
	});
});
