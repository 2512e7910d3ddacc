import { resources } from '../../../nodes/Masv/resources';
import { runMasv } from '../../support/masvNode';
import { baseUrl, masv, teamId, useNock } from '../../support/nockMasv';

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

	it('shows how large the package of a link is, and who has sent it to whom', async () => {
		const wanted = {
			...{ id: 'L1', name: 'Dailies', expiry: found.expiry, package_id: 'P1', package_size: 7 },
			...{ sender_email: 'ann@b.example', recipient_email: 'ben@b.example' },
		};
		const looked = { ...wanted, package_token: 'token', branding: { primary_color: '#1DD4CA' } };
		masv().get('/v1/links/L1').query({ secret: 's' }).reply(200, looked);
		const linkUrl = 'https://get.massive.io/L1?secret=s';
		const parameters = { authentication: 'none', resource: 'link', operation: 'get', linkUrl, server: baseUrl };
		const output = await runMasv({ parameters: { ...parameters, simplify: true } });
		expect(output.map(({ json }) => json)).toEqual([wanted]);
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
