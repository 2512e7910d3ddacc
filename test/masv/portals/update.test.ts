import type { PortalUpdate } from '../../../masv/portals/update';
import { PortalNotFoundError, updatePortal } from '../../../masv/portals/update';
import { failureOf, masv, nockClient, teamId, useNock } from '../../support/nockMasv';
import { portalSample, updateOfSample } from '../../support/portalSample';

useNock();

const reads = (more: object = {}) =>
	masv()
		.get('/v1.1/portals/O1')
		.reply(200, { ...portalSample, ...more });
const writes = (more: object) =>
	masv()
		.put('/v1/portals/O1', { ...updateOfSample(['F1']), ...more })
		.reply(200);

const toMessage = (message: string, more: Partial<PortalUpdate> = {}): PortalUpdate => ({
	action: 'change the message of',
	change: (portal) => (portal.message === message ? undefined : { message }),
	...more,
});
const update = async (change: PortalUpdate, portalId = 'O1') => await updatePortal(nockClient(), portalId, change);

describe('updatePortal', () => {
	it('writes the whole portal with the change, and looks whether it is there', async () => {
		reads();
		writes({ message: 'Bye' });
		reads({ message: 'Bye' });
		await update(toMessage('Bye'));
	});

	it('writes nothing where all is as it should be', async () => {
		reads();
		await update(toMessage('Hello'));
	});

	it('makes the change anew from what somebody else has written in between', async () => {
		reads();
		writes({ message: 'Bye' });
		reads({ name: 'Unit 2' });
		writes({ message: 'Bye', name: 'Unit 2' });
		reads({ name: 'Unit 2', message: 'Bye' });
		await update(toMessage('Bye'));
	});

	it('says what could not be done when MASV forgets it each time', async () => {
		masv().get('/v1.1/portals/O1').times(5).reply(200, portalSample).put('/v1/portals/O1').times(4).reply(200);
		const { message } = await failureOf(update(toMessage('Bye')));
		expect(message).toContain('Could not change the message of portal "Unit"');
	});

	it('writes nothing that is refused', async () => {
		reads();
		const beforeUpdate = jest.fn(() => {
			throw new Error('not this one');
		});
		expect((await failureOf(update(toMessage('Bye', { beforeUpdate })))).message).toBe('not this one');
		expect(beforeUpdate).toHaveBeenCalledWith(expect.objectContaining({ id: 'O1' }), { message: 'Bye' });
	});

	it('makes changes of one portal one after the other', async () => {
		let stored: object = portalSample;
		const steps: string[] = [];
		masv()
			.get('/v1.1/portals/O1')
			.times(4)
			.reply(() => [200, (steps.push('read'), stored)])
			.put('/v1/portals/O1')
			.twice()
			.reply(async (request: Request) => {
				steps.push('write');
				stored = { ...portalSample, ...((await request.json()) as object) };
				return [200];
			});
		const rename: PortalUpdate = {
			action: 'rename',
			change: ({ name }) => (name === 'Unit 2' ? undefined : { name: 'Unit 2' }),
		};
		await Promise.all([update(toMessage('Bye')), update(rename)]);
		expect(steps).toEqual(['read', 'write', 'read', 'read', 'write', 'read']);
		expect(stored).toMatchObject({ message: 'Bye', name: 'Unit 2' });
	});

	it('names a portal that is not there', async () => {
		masv().get('/v1.1/portals/O9').reply(404);
		masv().get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(200, []);
		expect(await failureOf(update(toMessage('Bye'), 'O9'))).toBeInstanceOf(PortalNotFoundError);
	});
});
