import { nodeHashing } from '../../../masv/node/nodeHashing';
import type { WebhookEvent } from '../../../masv/schemas';
import { eventKey, isSameSecret, parseWebhookEvent } from '../../../masv/webhooks/event';

describe('isSameSecret', () => {
	it.each([
		['abc', 'abc', true],
		['abc', 'abd', false],
		['abc', 'abcd', false],
		['', '', false],
		[undefined, undefined, false],
		[undefined, 'abc', false],
		['abc', undefined, false],
		[['abc'], 'abc', false],
	])('%j and %j: %j', (given, expected, isSame) => {
		expect(isSameSecret(nodeHashing, given, expected)).toBe(isSame);
	});
});

describe('parseWebhookEvent', () => {
	const parse = (text: string) => parseWebhookEvent(Buffer.from(text));

	it('keeps everything that MASV sends, including extra fields and unexpected values', () => {
		const event = {
			event_id: 'e1',
			event_time: 1768435200,
			event_type: 'package.finalized',
			object: { id: 'P1', name: 'Dailies', portal_id: 'O1', sender: 'a@b.example', total_files: 3 },
			studio: 'North',
		};
		expect(parse(JSON.stringify(event))).toMatchObject({ event: { event_id: 'e1' }, sent: event });
	});

	it('removes the token, and shows no password', () => {
		const event = {
			event_type: 'package.finalized',
			object: { id: 'P1', access_token: 'made up', password: 'made up' },
		};
		expect(parse(JSON.stringify(event))?.sent).toEqual({ ...event, object: { id: 'P1', password: '****' } });
	});

	it.each([
		'',
		'null',
		'[]',
		'{',
		'\ufeff{"event_type":"a","object":{"id":"P"}}',
		'{"event_type":"a"}',
		'{"event_type":"","object":{"id":"P"}}',
		'{"event_type":"a","object":{"id":7}}',
	])('rejects %j', (text) => {
		expect(parse(text)).toBeUndefined();
	});
});

describe('eventKey', () => {
	const keyOf = (given: WebhookEvent): string => eventKey(nodeHashing, given);
	const event = (more: object): WebhookEvent => ({ event_type: 'package.finalized', object: { id: 'P1' }, ...more });

	it('is the same for all attempts of an event, and different for each event', () => {
		const keys = [event({ event_id: 'e1' }), event({ event_id: 'e1', event_time: 'later' }), event({ event_id: 'e2' })];
		const [first, again, other] = keys.map(keyOf);
		expect(first).toBe(again);
		expect(first).not.toBe(other);
	});

	it('uses the type and the package if the event has no ID', () => {
		expect(keyOf(event({}))).toBe(keyOf(event({ event_time: 'later' })));
		expect(keyOf(event({}))).not.toBe(keyOf(event({ event_type: 'package.created' })));
		expect(keyOf(event({}))).not.toBe(keyOf(event({ object: { id: 'P2' } })));
	});

	it('is short whatever MASV sends', () => {
		expect(keyOf(event({ event_id: 'e'.repeat(100_000) }))).toHaveLength(32);
	});
});
