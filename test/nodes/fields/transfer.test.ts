import { readUploadOptions, transferOptions } from '../../../nodes/Masv/fields/transfer';
import { fakeN8n } from '../../support/fakeN8n';
import { useDataFolder } from '../../support/masvNode';

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
