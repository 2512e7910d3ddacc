import { enrichItems } from '../../../nodes/Masv/trigger/enrich';
import { fakeN8n } from '../../support/fakeN8n';
import { useInstantPlatform } from '../../support/instantPlatform';
import { failureOf, masv, useNock } from '../../support/nockMasv';
import { knows, packageRoute } from '../../support/nockNode';

useNock();
useInstantPlatform();

const event = { event_type: 'package.finalized', object: { id: 'P1', name: 'Dailies' } };
const run = async (settings: object = { enrich: true }) =>
	await enrichItems(fakeN8n({ parameters: { settings }, items: [{ json: event }] }).n8n);

describe('Include Package Details of the MASV Trigger', () => {
	it('leaves the event as it is if it is off', async () => {
		expect(await run({})).toEqual([{ json: event }]);
	});

	it('adds the package, its files and its form data', async () => {
		knows('P1', { state: 'finalized' });
		masv()
			.get('/v1/packages/P1/files')
			.reply(200, [{ id: 'F1' }]);
		masv().get('/v1/packages/P1/metadata').reply(404);
		const json = { ...event, package: { id: 'P1', state: 'finalized' }, files: [{ id: 'F1' }], form_data: {} };
		expect(await run()).toEqual([{ json, pairedItem: { item: 0 } }]);
	});

	it('says why there are no details instead of losing the event, if MASV rejects the request', async () => {
		knows('P1');
		masv().get('/v1/packages/P1/files').reply(403, { message: 'not yours' });
		masv()
			.get(packageRoute('P1'))
			.reply(403)
			.get(/\/(packages|portals)\?/)
			.twice()
			.reply(200, []);
		masv().get('/v1/packages/P1/metadata').reply(404);
		const [item] = await run();
		expect(item?.json).toEqual({ ...event, enrich_error: expect.stringContaining('not yours') as string });
	});

	it('fails after an outage, so that the execution can be retried', async () => {
		masv().persist().get(packageRoute('P1')).reply(503);
		expect((await failureOf(run())).message).toContain('503');
	});
});
