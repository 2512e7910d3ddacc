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
	it('writes the whole portal with the change, and reads it again', async () => {
		reads();
		writes({ message: 'Bye' });
		reads({ message: 'Bye' });
		await update(toMessage('Bye'));
	});

	it('writes nothing if the portal is already as wanted', async () => {
		reads();
		await update(toMessage('Hello'));
	});

	it('repeats the change if someone else has overwritten it', async () => {
		reads();
		writes({ message: 'Bye' });
		reads({ name: 'Unit 2' });
		writes({ message: 'Bye', name: 'Unit 2' });
		reads({ name: 'Unit 2', message: 'Bye' });
		await update(toMessage('Bye'));
	});

	it('waits for an update that shows later, and does not write it again', async () => {
		reads();
		writes({ message: 'Bye' });
		reads();
		reads();
		reads({ message: 'Bye' });
		await update(toMessage('Bye'));
	});

	it('fails with the action if MASV never applies the update', async () => {
		masv().get('/v1.1/portals/O1').times(17).reply(200, portalSample).put('/v1/portals/O1').times(4).reply(200);
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

	it('changes the same portal sequentially', async () => {
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

	it('reports a portal that does not exist', async () => {
		masv().get('/v1.1/portals/O9').reply(404);
		masv().get(`/v1.1/teams/${teamId}/portals?page=1&limit=50`).reply(200, []);
		expect(await failureOf(update(toMessage('Bye'), 'O9'))).toBeInstanceOf(PortalNotFoundError);
	});
});
