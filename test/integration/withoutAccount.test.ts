import type { TransportRequest } from '../../masv/transport';
import { createDispatcher } from '../../masv/node/dispatcher';
import { createTransport } from '../../masv/node/undiciTransport';
import { findPortalAt } from '../../masv/portals/address';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { Portal } from '../../masv/schemas';
import { failureOf } from '../support/failureOf';
import { patientTimeouts } from '../support/patientTimeouts';
import type { TestMasv } from '../support/testMasv';
import { startTestMasv } from '../support/testMasv';
import { patternBytes, rangeOf, sha256 } from '../support/testSources';

const accessCode = 'öpen, sesame & more';

describe('somebody without an account', () => {
	let masv: TestMasv;
	const dispatcher = createDispatcher(patientTimeouts);
	beforeEach(async () => {
		masv = await startTestMasv();
	});
	afterEach(async () => await masv.close());
	afterAll(async () => await dispatcher.destroy());

	function start() {
		const sent: TransportRequest[] = [];
		const real = createTransport(dispatcher);
		const client = masv.client({
			apiKey: undefined,
			teamId: undefined,
			secret: accessCode,
			transport: async (request) => {
				sent.push(request);
				return await real(request);
			},
		});
		return { client, sent };
	}

	async function deliver(settings: object, shown: Partial<Portal> = {}) {
		const seeded = masv.sandbox.seedPortal({ subdomain: 'unit', ...settings });
		const { client, sent } = start();
		const portal = { ...(await findPortalAt(client, 'https://unit.portal.massive.io/')), ...shown };
		const content = patternBytes(6_000_000, 3);
		const request = { name: 'Dailies', description: '', sender: 'me@post.example' };
		const target = { kind: 'portal', portalId: portal.id, portal, accessCode, request } as const;
		const sources = [rangeOf('reel.mov', content)];
		const work = sendPackage(client, { target, sources, unfinished: 'keep' });
		return { seeded, sent, content, work };
	}

	it('delivers to a portal, with its password and no key', async () => {
		const { seeded, sent, content, work } = await deliver({ has_access_code: true, access_code: accessCode });
		const { package: created, files, reconciled } = await work;
		expect(masv.sandbox.package(created.id)).toMatchObject({ portal_id: seeded.id, state: 'finalized' });
		expect(created).toMatchObject({ state: 'finalized', size: content.length, total_files: 1 });
		expect(await masv.sandbox.sha256(created.id, files[0]?.id ?? '')).toBe(sha256(content));
		expect(reconciled).toBe(true);
		expect(sent.flatMap(({ headers }) => Object.keys(headers)).filter((name) => /api-key/i.test(name))).toEqual([]);
		const withCode = sent.filter(({ headers }) => 'x-access-code' in headers).map(({ url }) => new URL(url).pathname);
		expect(withCode).toEqual([`/v1/portals/${seeded.id}/packages`]);
	});

	it('is told by the rules of the portal, if MASV shows them, before anything is created', async () => {
		const rules = { file_type_restriction_enabled: true, file_types: ['.mxf'] };
		const { sent, work } = await deliver({}, rules);
		expect(await failureOf(work)).toMatchObject({ code: 'portal_file_type_rejected' });
		expect(sent.map(({ method }) => method)).toEqual(['GET']);
	});

	it('is refused what needs a team, before anything is sent', async () => {
		const { client, sent } = start();
		const call = { operation: 'list the packages', method: 'GET', path: '/v1/packages' } as const;
		expect(await failureOf(client.call(call))).toMatchObject({
			code: 'account_needed',
			message: 'Could not list the packages. This requires an API key',
		});
		expect(() => client.teamId).toThrow('This requires an API key');
		expect(sent).toEqual([]);
	});
});
