import { resources } from '../../../nodes/Masv/resources';
import { runMasv } from '../../support/masvNode';
import { masv, teamId, useNock } from '../../support/nockMasv';

useNock();

const found = {
	id: 'P1',
	name: 'Dailies',
	state: 'finalized',
	size: 7,
	total_files: 1,
	sender: 'ann@b.example',
	recipients: ['ben@b.example'],
	created_at: '2026-01-01T00:00:00.000Z',
	expiry: '2026-01-11T00:00:00.000Z',
	portal_id: 'O1',
	form_data_id: 'F1',
};
const returned = { ...found, description: 'long', extra_storage: false, updated_at: '2026-01-01T00:00:00.000Z' };

describe('Simplify', () => {
	it.each([
		[{}, returned],
		[{ simplify: true }, found],
	])('shows what matters most: %j', async (input, shown) => {
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { ...returned, access_token: 'token' });
		const parameters = { resource: 'package', operation: 'get', packageId: { mode: 'id', value: 'P1' }, ...input };
		expect(await runMasv({ parameters })).toEqual([{ json: shown, pairedItem: { item: 0 } }]);
	});

	it('is an option of all operations that get or list, and of no others', () => {
		for (const { value: resource, operations } of resources) {
			for (const { value, fields } of Object.values(operations)) {
				const offers = fields.some(({ name }) => name === 'simplify');
				expect([`${resource}.${value}`, offers]).toEqual([
					`${resource}.${value}`,
					/^(get|getAll|getPackages)$/.test(value),
				]);
			}
		}
	});
});
