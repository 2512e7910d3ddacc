import type { MasvClient } from '../../masv/client';
import type * as change from '../../masv/portals/change';
import type { PortalSettings } from '../../masv/portals/settings';
import type { Leases } from '../../masv/transfer/lease';
import type { TransportRequest } from '../../masv/transport';
import type * as attachment from '../../masv/webhooks/attachment';
import { addWebhook } from '../../masv/webhooks/manage';
import { createDispatcher } from '../../masv/node/dispatcher';
import { createTransport } from '../../masv/node/undiciTransport';
import type { Fate } from '../support/mortal';
import { createProcesses } from '../support/mortal';
import { patientTimeouts } from '../support/patientTimeouts';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';

let masv: TestMasv;
let processes: ReturnType<typeof createProcesses>;
let portalId: string;
let former: string;
let added: string;
const dispatcher = createDispatcher(patientTimeouts);

beforeEach(async () => {
	masv = await startTestMasv();
	processes = createProcesses(masv);
	const hook = async (name: string) =>
		(
			await addWebhook(masv.client(), {
				name,
				url: `https://n8n.example.com/${name}`,
				events: ['package.finalized'],
				active: true,
				method: 'POST',
			})
		).id;
	former = await hook('former');
	added = await hook('added');
	portalId = masv.sandbox.seedPortal({ message: 'before', custom_webhooks: [{ id: former }] }).id;
});
afterEach(async () => {
	await processes.close();
	await masv.close();
});
afterAll(async () => await dispatcher.destroy());

/** What a process has loaded: updates in the same process wait for each other anyway. */
type Code = typeof change & typeof attachment;
type Change = (code: Code, client: MasvClient) => Promise<unknown>;

function loadCode(): Code {
	let code: Partial<Code> = {};
	jest.isolateModules(() => {
		code = {
			...jest.requireActual<typeof change>('../../masv/portals/change'),
			...jest.requireActual<typeof attachment>('../../masv/webhooks/attachment'),
		};
	});
	return code as Code;
}

const set =
	(settings: PortalSettings): Change =>
	async ({ changePortal }, client) =>
		await changePortal(client, portalId, settings, []);
const attach: Change = async ({ attachWebhook }, client) =>
	await attachWebhook(client, portalId, added, { formerIds: [], mayLosePasswords: false, onUpdate: () => {} });
const detach: Change = async ({ detachWebhooks }, client) =>
	await detachWebhooks(client, portalId, [former], { mayLosePasswords: false });

const isWrite = ({ method }: TransportRequest): boolean => method === 'PUT';

/** Resolves when it is opened. */
function gate(): { isOpen: Promise<void>; open: () => void } {
	let open = (): void => {};
	return { isOpen: new Promise((resolve) => (open = resolve)), open: () => open() };
}

/** The first one has read the portal, and writes it only when the second one has written it, or waits for the first. */
async function overlap(first: Change, second: Change): Promise<void> {
	const [one, other] = [processes.start(), processes.start()];
	const [hasRead, mayWrite] = [gate(), gate()];
	const real = createTransport(dispatcher);
	const held = masv.client({
		leases: one.leases,
		transport: async (request) => {
			if (isWrite(request)) {
				hasRead.open();
				await mayWrite.isOpen;
			}
			return await real(request);
		},
	});
	const leases: Leases = {
		take: async (...asked) => {
			const lease = await other.leases.take(...asked);
			if (lease === 'held') mayWrite.open();
			return lease;
		},
	};
	const firstDone = first(loadCode(), held);
	await hasRead.isOpen;
	await second(loadCode(), masv.client({ leases }));
	mayWrite.open();
	await firstDone;
}

describe('two processes that change the same portal at the same moment', () => {
	it.each([
		['an operation, and an operation', set({ name: 'After' }), set({ message: 'after' })],
		['an operation, and a trigger that attaches its webhook', set({ name: 'After', message: 'after' }), attach],
		['a trigger that attaches its webhook, and an operation', attach, set({ name: 'After', message: 'after' })],
		['a trigger that is published, and one that is unpublished', attach, detach],
	])('lose nothing of each other: %s', async (_, first, second) => {
		await overlap(first, second);
		const [changed] = masv.sandbox.portals();
		const isChanged = [first, second].some((change) => change !== attach && change !== detach);
		if (isChanged) expect(changed).toMatchObject({ name: 'After', message: 'after' });
		const hooks = [first, second].includes(attach) ? [added] : [];
		const others = [first, second].includes(detach) ? [] : [former];
		expect(changed?.custom_webhooks.map(({ id }) => id)).toEqual([...others, ...hooks]);
	});

	it('one that was frozen between reading and writing reads again', async () => {
		let isFrozen = false;
		const freezes = ({ method }: TransportRequest): Fate =>
			method === 'GET' && !isFrozen && (isFrozen = true) ? 'freezes after' : 'lives';
		const sleeper = processes.start(freezes);
		const work = set({ name: 'After' })(loadCode(), sleeper.client);
		await sleeper.run(async () => await work);
		await set({ message: 'after' })(loadCode(), processes.start().client);
		sleeper.wake();
		await work;
		expect(masv.sandbox.portals()[0]).toMatchObject({ name: 'After', message: 'after' });
	});
});
