import type { MasvClient } from '../../../masv/client';
import { noRetry } from '../../../masv/retry';
import type { Notes } from '../../../masv/upload/notes';
import { readNotes } from '../../../masv/upload/notes';
import type { FoundPackage } from '../../../masv/upload/resumePackage';
import { resumePackage } from '../../../masv/upload/resumePackage';
import type { SendRequest } from '../../../masv/upload/sendRequest';
import { forgetTheRest, hidesPackage, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const team: SendRequest['target'] = { kind: 'team', request: { name: 'Today', description: '', recipients: [] } };
const portal = { kind: 'portal', portalId: 'PORTAL', request: { name: 'Today' } } as unknown as SendRequest['target'];

async function notesOf(client: MasvClient, isDelivering: boolean): Promise<Notes> {
	const noted = { kind: 'package', fence: 1, id: 'P1', token: client.seal('token-1') };
	return await readNotes([noted, ...(isDelivering ? [{ kind: 'delivering', package: 'P1' }] : [])], client.clock);
}

async function resume(
	target: SendRequest['target'],
	isDelivering = false,
): Promise<{ found: FoundPackage | undefined; warnings: string[] }> {
	const client = nockClient();
	const warnings: string[] = [];
	const onWarning = (text: string): void => void warnings.push(text);
	const request: SendRequest = { target, sources: [], unfinished: 'keep', policy: noRetry, onWarning };
	return { found: await resumePackage(client, request, await notesOf(client, isDelivering)), warnings };
}

describe('a package of the team', () => {
	const isVisible = (): void => {
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'new', name: 'Yesterday', access_token: 'token-1' });
	};

	it('gets the name that it is to be sent with now', async () => {
		isVisible();
		masv().put('/v1/packages/P1', { name: 'Today' }).reply(200, { id: 'P1', state: 'new', name: 'Today' });
		expect(await resume(team)).toMatchObject({ found: { package: { name: 'Today' } }, warnings: [] });
	});

	it.each([403, 404, 405, 422])('is gone on with under its name if MASV does not rename it: %d', async (status) => {
		isVisible();
		masv().put('/v1/packages/P1').reply(status, { message: 'No' });
		const { found, warnings } = await resume(team);
		expect(found?.package).toMatchObject({ id: 'P1', name: 'Yesterday' });
		expect(warnings).toEqual([expect.stringContaining('keeps the name "Yesterday"')]);
		forgetTheRest();
	});
});

describe('a package in the portal of another team', () => {
	const respondsToList = (status: number): void => {
		hidesPackage();
		masv().get('/v1/packages/P1/files').reply(status, { message: 'No' });
	};

	it.each([400, 405, 422, 501])('is gone on with by the notes if there is no list of its files: %d', async (status) => {
		respondsToList(status);
		expect(await resume(portal)).toMatchObject({ found: { package: { id: 'P1' }, isStateKnown: false }, warnings: [] });
		forgetTheRest();
	});

	it.each([401, 403, 404])('is sent again with a warning if its token is no longer accepted: %d', async (status) => {
		respondsToList(status);
		const { found, warnings } = await resume(portal);
		expect(found).toBeUndefined();
		expect(warnings).toEqual([expect.stringContaining('sent again in a new package')]);
	});

	it.each([401, 403, 404])('is not sent again while MASV may have delivered it: %d', async (status) => {
		respondsToList(status);
		expect(await resume(portal, true)).toMatchObject({ found: { package: { id: 'P1' } }, warnings: [] });
	});
});
