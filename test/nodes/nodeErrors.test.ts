import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import {
	MasvApiError,
	MasvConnectionError,
	MasvInputError,
	MasvTransferError,
	storageService,
} from '../../masv/errors';
import { expiryDatesMissing } from '../../masv/packages/expiry';
import { toNodeError, toOneLineError } from '../../nodes/Masv/nodeErrors';
import { fakeN8n } from '../support/fakeN8n';

const node = fakeN8n().n8n.getNode();

describe('toNodeError', () => {
	it("shows a rejection by MASV with its status instead of n8n's own text", () => {
		const facts = {
			code: 'request_rejected',
			operation: 'do it',
			service: 'MASV',
			status: 404,
			details: ['gone'],
			hint: 'Look',
		} as const;
		const error = toNodeError(node, new MasvApiError({ ...facts, details: ['gone'], requestId: 'R1' }), 3);
		expect(error).toBeInstanceOf(NodeApiError);
		expect(error.message).toBe('Could not do it. MASV responded with 404: gone');
		expect(error).toMatchObject({ description: 'Look', httpCode: '404', context: { itemIndex: 3 } });
	});

	it("does not show MASV's reason as advice if there is none", () => {
		const facts = { code: 'request_rejected', operation: 'do it', service: 'MASV', status: 400 } as const;
		const { message, description } = toNodeError(node, new MasvApiError({ ...facts, details: ['too long'] }), 0);
		expect([message, description]).toEqual(['Could not do it. MASV responded with 400: too long', undefined]);
	});

	it('shows its own message about a file whose name n8n takes for a system error, and nothing twice', () => {
		const thrown = new MasvTransferError('"ENOENT.mov" is gone', { code: 'file_not_readable', file: 'ENOENT.mov' });
		expect(toNodeError(node, thrown, 0)).toMatchObject({ message: '"ENOENT.mov" is gone', messages: [] });
	});

	it.each([
		['Sender is empty', 'Sender', 'Sender is empty'],
		['The API key is missing', 'apiKey', 'The API key is missing'],
		['"ben" is not an email address', 'Sender', '"ben" is not an email address [Sender]'],
	])('names the field of an input error once: %s', (message, field, shown) => {
		const thrown = new MasvInputError(message, { code: 'value_missing', field });
		expect(toNodeError(node, thrown, 0).message).toBe(shown);
	});

	it.each([
		[413, undefined],
		[400, 'EntityTooLarge'],
	])('advises smaller parts if the storage does not accept a part of this size: %i %s', (status, serviceCode) => {
		const facts = { code: 'storage_rejected', operation: 'upload', service: 'MASV storage' } as const;
		const cause = new MasvApiError({ ...facts, details: [], status, serviceCode });
		const thrown = new MasvTransferError('Part 1 failed', { code: 'part_not_stored', file: 'a', cause });
		expect(toNodeError(node, thrown, 0).description).toContain('Set a smaller Part Size (MiB); the smallest is 5.');
	});

	it.each(['MASV', storageService])('advises to check a proxy that refuses the connection to %s', (service) => {
		const facts = { service, proxy: 'http://proxy.example:3128' };
		const error = new MasvConnectionError('It refused the connection', { code: 'connection_refused', facts });
		expect(toNodeError(node, error, 0).description).toMatch(/^Check the proxy in the environment variables/);
	});

	it('advises to trust the certificate of a proxy that is not trusted', () => {
		const facts = { proxy: 'https://proxy.example:3128' };
		const error = new MasvConnectionError('Not trusted', { code: 'certificate_not_trusted', facts });
		expect(toNodeError(node, error, 0).description).toContain('NODE_EXTRA_CA_CERTS');
	});

	it.each(['connection_lost', 'connection_stalled'] as const)('advises to check the network after %s', (code) => {
		const { description } = toNodeError(node, new MasvConnectionError('No answer', { code }), 0);
		expect(description).toBe('Check the network of n8n (firewall, proxy), then try again.');
	});

	it.each([
		'base_url_with_password',
		'content_changed',
		'content_not_received',
		'content_not_stored',
		'download_running',
		'part_urls_missing',
		'partial_file_changed',
		'response_too_long',
		'storage_error',
		'storage_rejected',
		'webhook_url_missing',
	] as const)('advises what to do after %s, whose errors do not say it themselves', (code) => {
		const { description } = toNodeError(node, new MasvConnectionError('No answer', { code }), 0);
		expect(description).toMatch(/^[A-Z].{20,}\.$/);
	});

	it('advises on a trigger, too, where MASV shows no expiry dates', () => {
		const { message, description } = toNodeError(node, expiryDatesMissing('event'), 0);
		expect(message).toBe('This MASV server does not report when received packages expire [Trigger On]');
		expect(description).toContain('In a trigger, select another event');
	});

	it.each([
		['lost', 'Look. The next execution sends the files in a new package.'],
		['kept', 'Look. Complete the package with File > Upload and Package > Finalize, or delete it in MASV.'],
		['resumable', 'Look. Run this again with the same files to resume the upload, or delete the package in MASV.'],
		['deleted', 'Look'],
	])('ends with what can be done with a package that is %s', (outcome, description) => {
		const facts = { code: 'part_not_stored', file: 'a', hint: 'Look', facts: { outcome } } as const;
		expect(toNodeError(node, new MasvTransferError('It failed', facts), 0).description).toBe(description);
	});

	it('advises what to do about the cause of a failed transfer rather than about the failure', () => {
		const cause = new MasvConnectionError('No answer', { code: 'proxy_refused' });
		const thrown = new MasvTransferError('It failed', { code: 'content_not_received', file: 'a', cause });
		expect(toNodeError(node, thrown, 0).description).toContain('Check the proxy');
	});

	it('keeps message, hint and item of an input error', () => {
		const error = toNodeError(
			node,
			new MasvInputError('Sender is empty', { code: 'value_missing', field: 'Sender', hint: 'Write one' }),
			0,
		);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect(error).toMatchObject({ message: 'Sender is empty', description: 'Write one' });
		expect(error.context.itemIndex).toBe(0);
	});

	it.each([
		['ifRunning', 'If the Same Delivery Is Running'],
		['ifUploadRunning', 'If the Same Upload Is Running'],
	])('shows the label of the option %s', (field, label) => {
		const thrown = new MasvInputError('It is running', { code: 'delivery_running', field, hint: 'Wait' });
		expect(toNodeError(node, thrown, 0).message).toBe(`It is running [${label}]`);
	});

	it.each([
		new MasvConnectionError('No answer', { code: 'poll_timeout', hint: 'Wait' }),
		new MasvTransferError('No answer', { code: 'part_not_stored', file: 'a', hint: 'Wait' }),
	])('keeps message and hint of %s', (thrown) => {
		expect(toNodeError(node, thrown, 1)).toMatchObject({ message: 'No answer', description: 'Wait' });
	});

	it('keeps an n8n error unchanged, including its item index', () => {
		const own = new NodeOperationError(node, 'x', { itemIndex: 7 });
		expect(toNodeError(node, own, 1)).toBe(own);
		expect(own.context.itemIndex).toBe(7);
		expect(toNodeError(node, new NodeOperationError(node, 'x'), 1).context.itemIndex).toBe(1);
	});

	it.each([new TypeError('odd'), 'odd'])('wraps anything else in a node error', (thrown) => {
		const error = toNodeError(node, thrown, 2);
		expect(error).toBeInstanceOf(NodeOperationError);
		expect([error.message, error.context.itemIndex]).toEqual(['odd', 2]);
	});
});

describe('toOneLineError', () => {
	it('moves the hint into the message, once', () => {
		const error = toOneLineError(node, new MasvConnectionError('No answer', { code: 'poll_timeout', hint: 'Wait' }));
		expect(error.message).toBe('No answer. Wait');
		expect(error.description).toBeUndefined();
	});
});
