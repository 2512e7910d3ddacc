import type { MasvClient } from '../../../masv/client';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { createGuard } from '../../../masv/transfer/guard';
import type { Journal, JournalRecord } from '../../../masv/transfer/journal';
import type { Delivery } from '../../../masv/upload/delivery';
import type { SentPackage } from '../../../masv/upload/findSent';
import { findSent, noteForBoth, noteSent } from '../../../masv/upload/findSent';
import { readNotes } from '../../../masv/upload/notes';
import type { SendRequest } from '../../../masv/upload/sendRequest';
import { memoryJournal } from '../../support/memoryJournal';
import { failureOf, hidesPackage, masv, nockClient, teamId, useNock } from '../../support/nockMasv';

useNock();

const stamp = { bytes: 7, modified: '5', changed: '6', device: '1', inode: '2' };
const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const source = {
	...bufferSource(Buffer.from('content'), { name: 'clip.mov', path: '', modifiedAt, location: '/media/clip.mov' }),
	stamp,
};
const team: SendRequest['target'] = { kind: 'team', request: { name: 'Dailies', description: '', recipients: [] } };
const portal: SendRequest['target'] = {
	kind: 'portal',
	portalId: 'Q1',
	accessCode: undefined,
	request: { name: 'Dailies', description: '', sender: 'me@post.example' },
};
const listed = { id: 'F1', name: 'clip.mov', path: '', size: 7, completed: true };

let journal: ReturnType<typeof memoryJournal>;
beforeEach(() => {
	journal = memoryJournal();
});

interface Run extends Partial<SendRequest> {
	fence: number;
	hasWaited?: boolean;
	sentBefore?: number;
}

async function deliveryOf(client: MasvClient, port: Journal, run: Run): Promise<Delivery> {
	const { fence, hasWaited = false, sentBefore = Infinity } = run;
	const record = await port.open('delivery');
	return {
		key: 'delivery',
		guard: createGuard(undefined, client.clock),
		fence,
		record,
		hasWaited,
		sentBefore,
		read: () => Promise.resolve(new Map([['key', record.lines]])),
		end: () => Promise.resolve(),
	};
}

const requestOf = (
	port: Journal,
	{ fence: _fence, hasWaited: _hasWaited, sentBefore: _sentBefore, ...more }: Run,
): SendRequest => ({
	target: team,
	sources: [source],
	unfinished: 'keep',
	run: 'execution 1',
	journal: port,
	...more,
});

/** A run that has sent P1. */
async function send(run: Run, client = nockClient()): Promise<void> {
	const port = journal.join();
	await noteSent(client, requestOf(port, run), await deliveryOf(client, port, run), 'P1');
}

/** What a later run need not send. */
async function find(run: Run): Promise<SentPackage | 'touched' | undefined> {
	const [client, port] = [nockClient(), journal.join()];
	const delivery = await deliveryOf(client, port, run);
	return await findSent(
		client,
		requestOf(port, run),
		delivery,
		await readNotes(delivery.record?.lines ?? [], client.clock),
	);
}

function isVisible(state = 'finalized'): void {
	masv()
		.get(`/v1.1/teams/${teamId}/packages/P1`)
		.reply(200, { id: 'P1', state, access_token: 'token-1' })
		.get('/v1/packages/P1/files')
		.reply(200, [listed]);
}

describe('a package that was sent', () => {
	it('is reported to the same execution', async () => {
		await send({ fence: 1 });
		isVisible();
		expect(await find({ fence: 2 })).toMatchObject({ package: { id: 'P1' }, files: [{ id: 'F1' }], reconciled: true });
	});

	it('is not reported as compared with the list if that lacks a file', async () => {
		await send({ fence: 1 });
		masv()
			.get(`/v1.1/teams/${teamId}/packages/P1`)
			.reply(200, { id: 'P1', state: 'finalized', access_token: 'token-1' })
			.get('/v1/packages/P1/files')
			.reply(200, []);
		expect(await find({ fence: 2 })).toMatchObject({ files: [{ id: '', name: 'clip.mov' }], reconciled: false });
	});

	it('is reported to another execution only if that one waited for the run that sent it', async () => {
		await send({ fence: 2 });
		isVisible();
		const other = { run: 'execution 2' };
		expect(await find({ ...other, fence: 3 })).toBeUndefined();
		expect(await find({ ...other, fence: 4, hasWaited: true })).toBeUndefined();
		expect(await find({ ...other, fence: 3, hasWaited: true })).toMatchObject({ package: { id: 'P1' } });
	});

	it('is reported to one that waited for it, also if another one waited too, was first and then died', async () => {
		await send({ fence: 2 });
		isVisible();
		const other = { run: 'execution 3', fence: 4, hasWaited: true };
		expect(await find({ ...other, sentBefore: 2 })).toBeUndefined();
		expect(await find({ ...other, sentBefore: 1 })).toMatchObject({ package: { id: 'P1' } });
	});

	it('is noted for the repeat of one that waited for it, which fails when it asks MASV', async () => {
		await send({ fence: 2 });
		masv().get(`/v1.1/teams/${teamId}/packages/P1`).reply(401, {});
		const other = { run: 'execution 2' };
		expect(await failureOf(find({ ...other, fence: 3, hasWaited: true }))).toMatchObject({ code: 'api_key_rejected' });
		isVisible();
		expect(await find({ ...other, fence: 4 })).toMatchObject({ package: { id: 'P1' } });
	});

	it('is no longer noted as the latest if a newer execution has begun another package', async () => {
		await send({ fence: 1 });
		const record = await journal.join().open('delivery');
		await record.append({ kind: 'package', fence: 2, id: 'P2' });
		isVisible();
		expect(await find({ fence: 3 })).toMatchObject({ package: { id: 'P1' } });
		const notes = await readNotes((await journal.join().open('delivery')).lines, nockClient().clock);
		expect([notes.package?.id, notes.sent]).toEqual(['P2', undefined]);
	});

	it('has the link that was noted by the same execution, although a newer one has removed the notes of its delivery', async () => {
		await send({ fence: 1 });
		const [client, port] = [nockClient(), journal.join()];
		const delivery = await deliveryOf(client, port, { fence: 1 });
		const linked = { kind: 'linked', request: 'link', link: 'sealed' } as const;
		await noteForBoth(client, requestOf(port, { fence: 1 }), delivery, linked);
		await delivery.record?.remove();
		isVisible();
		expect(await find({ fence: 2 })).toMatchObject({ links: new Map([['link', 'sealed']]) });
	});

	it.each([
		['finalized', 'new'],
		['expired', 'expired'],
	])('is reported as %s if MASV shows it as %s', async (reported, shown) => {
		await send({ fence: 1 });
		isVisible(shown);
		expect(await find({ fence: 2 })).toMatchObject({ package: { id: 'P1', state: reported } });
	});

	it('leaves nothing that looks like a killed run, even if its notes have failed', async () => {
		const [client, port] = [nockClient(), journal.join()];
		const delivery = await deliveryOf(client, port, { fence: 1 });
		const steps: string[] = [];
		const record: JournalRecord = {
			lines: [],
			hasFailed: () => true,
			append: () => Promise.resolve(void steps.push('append')),
			remove: () => Promise.resolve(void steps.push('remove')),
			close: async () => {},
		};
		await noteSent(client, requestOf(port, { fence: 1 }), { ...delivery, record }, 'P1');
		expect(steps).toEqual(['remove', 'append']);
	});

	it('is not reported if a file has changed since', async () => {
		await send({ fence: 1 });
		const rewritten = { ...source, stamp: { ...stamp, changed: '7' } };
		expect(await find({ fence: 2, sources: [rewritten] })).toBeUndefined();
	});

	it('is reported although a share was mounted again', async () => {
		await send({ fence: 1 });
		isVisible();
		const remounted = { ...source, stamp: { ...stamp, device: '8', inode: '9' } };
		expect(await find({ fence: 2, sources: [remounted] })).toMatchObject({ package: { id: 'P1' } });
	});

	it('to the portal of another team is compared with the list, each time with the token that was noted', async () => {
		const sender = nockClient();
		sender.tokens.set('P1', 'token-2');
		await send({ fence: 1, target: portal }, sender);
		for (const fence of [2, 3]) {
			hidesPackage();
			masv({ reqheaders: { 'x-package-token': 'token-2' } })
				.get('/v1/packages/P1/files')
				.reply(200, [listed]);
			expect(await find({ fence, target: portal })).toMatchObject({ files: [{ id: 'F1' }], reconciled: true });
		}
	});
});
