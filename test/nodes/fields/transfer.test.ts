import { MasvClient } from '../../../masv/client';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { limitBandwidth, readUploadOptions, transferOptions } from '../../../nodes/Masv/fields/transfer';
import { resources } from '../../../nodes/Masv/resources';
import { failureOf } from '../../support/failureOf';
import { fakeN8n } from '../../support/fakeN8n';
import { instantClock } from '../../support/instantClock';
import { runMasv, useDataFolder } from '../../support/masvNode';
import { apiKey, teamId } from '../../support/testAccount';

useDataFolder();

describe('Verify Parts', () => {
	const { options, default: byDefault } = transferOptions.find(({ name }) => name === 'verifyParts') as unknown as {
		options: Array<{ value: 'automatic' | 'always' | 'never' }>;
		default: string;
	};

	it('has the values that workflows rely on', () => {
		expect(options.map(({ value }) => value)).toEqual(['automatic', 'always', 'never']);
		expect(byDefault).toBe('automatic');
	});

	it.each([undefined, 'automatic', 'always', 'never'] as const)('is passed on to the uploader (%s)', (verifyParts) => {
		expect(readUploadOptions(fakeN8n().n8n, { verifyParts }).verifyParts).toBe(verifyParts);
	});

	it('is decided by the load of the event loop that n8n runs on', () => {
		const share = readUploadOptions(fakeN8n().n8n, {}).load?.watch();
		for (const startedAt = performance.now(); performance.now() === startedAt;);
		expect(share?.()).toBe(1);
	});

	it("says in n8n's log why parts are not verified", () => {
		const { n8n, logged } = fakeN8n();
		readUploadOptions(n8n, {}).onWarning?.('The reason');
		expect(logged).toEqual(['MASV: The reason']);
	});
});

describe('Bandwidth Limit', () => {
	const { n8n } = fakeN8n();
	const masv = new MasvClient({
		apiKey,
		teamId,
		transport: async () => await Promise.reject(new Error('Nothing is sent')),
		clock: instantClock(),
		hashing: nodeHashing,
	});
	const limitOf = (bandwidthLimit: string, zone = 'UTC') => {
		const withBandwidth = jest.spyOn(masv, 'withBandwidth');
		limitBandwidth(masv, { getTimezone: () => zone }, { bandwidthLimit });
		const [limit] = withBandwidth.mock.lastCall ?? [];
		withBandwidth.mockRestore();
		return limit;
	};

	it('is none if the field is empty', () => {
		expect(limitBandwidth(masv, n8n, {})).toBe(masv);
		expect(limitBandwidth(masv, n8n, { bandwidthLimit: ' ' })).toBe(masv);
	});

	it('is the same for all nodes of the process that state the same one', () => {
		expect(limitOf('20')).toBe(limitOf(' 20 '));
		expect(limitOf('20')).not.toBe(limitOf('5'));
		expect(limitOf('Mon 08:00-19:00 5')).not.toBe(limitOf('Mon 08:00-19:00 5', 'Asia/Tokyo'));
	});

	const withLimit = resources.flatMap((resource) =>
		Object.entries(resource.operations).flatMap(([operation, { fields }]) => {
			const transfer = fields.find(({ name }) => name === 'transfer');
			const hasLimit = (transfer?.options as Array<{ name: string }> | undefined)?.some(
				({ name }) => name === 'bandwidthLimit',
			);
			return hasLimit === true ? [{ resource: resource.value, operation }] : [];
		}),
	);

	it('is offered by all operations that transfer files', () => {
		expect(withLimit.map(({ resource, operation }) => `${resource}.${operation}`).sort()).toEqual([
			'file.download',
			'file.upload',
			'package.receive',
			'package.receiveNew',
			'package.send',
			'package.sendNew',
		]);
	});

	it.each(withLimit)('is read by $resource $operation', async ({ resource, operation }) => {
		const ids = { packageId: 'P1', portalId: 'PORTAL1' };
		const parameters = { resource, operation, ...ids, folder: '/tmp', files: 'a.mov', paths: '/tmp', packageName: 'P' };
		const run = runMasv({ parameters: { ...parameters, transfer: { bandwidthLimit: 'fast' } } });
		expect(String(await failureOf(run))).toContain('Bandwidth Limit must be a number of MiB per second or a timetable');
	});
});
