import { z } from 'zod';

import { toApiError } from '../../masv/responseErrors';
import { blueprintsSchema, formDataSchema, listSchema, webhookListSchema } from '../../masv/schemas';
import { Secrets } from '../../masv/secrets';

const many = 20_000;

/** A record that nothing is, and how often one was decoded. */
function refusing() {
	let decoded = 0;
	const record = z.unknown().refine(() => {
		decoded++;
		return false;
	});
	return { record, decoded: () => decoded };
}

describe('of a response with many records that are none', () => {
	const nothings = Array.from({ length: many }, () => 0);

	it.each([
		['a list', nothings],
		['a page', { records: nothings }],
	])('only the first are decoded: %s', (_, response) => {
		const { record, decoded } = refusing();
		expect(listSchema(record).safeParse(response).success).toBe(false);
		expect(decoded()).toBeLessThan(5_000);
	});

	it('one error names the first', () => {
		const blueprints = [...Array.from({ length: 2_500 }, () => ({ url: 'https://storage.test/' })), ...nothings];
		expect(blueprintsSchema.safeParse(blueprints).error?.issues.map(({ path }) => path[0])).toEqual([2_500]);
	});

	it('none is decoded as a webhook', () => {
		const { record, decoded } = refusing();
		expect(webhookListSchema(record).parse([...nothings, { id: 'W1' }])).toMatchObject({ records: [] });
		expect(decoded()).toBe(1);
	});

	it('none is the value of a form', () => {
		expect(formDataSchema.parse({ fields: [0, null, { name: 1 }, { name: 'a', value: 1 }] })).toEqual({ a: 1 });
	});
});

it('decodes long lists whole', () => {
	const records = Array.from({ length: 2_500 }, (_, id) => id);
	expect(listSchema(z.number().transform(String)).parse(records)).toEqual({
		total: 2_500,
		records: records.map(String),
	});
});

describe('the error of a response', () => {
	it('with a long text and many entries does not compare all of them', () => {
		const errors = Array.from({ length: 2_000 }, (_, index) => ({ msg: `b${index}`, field: `f${index}` }));
		const text = JSON.stringify({ message: 'a'.repeat(500_000), errors });
		let compared = 0;
		// eslint-disable-next-line @typescript-eslint/unbound-method
		const original = String.prototype.includes;
		const includes = jest.spyOn(String.prototype, 'includes').mockImplementation(function (this: string, ...args) {
			compared += this.length;
			return original.apply(this, args);
		});
		const error = toApiError(
			{ operation: 'read it', method: 'GET', path: '/v1/things' },
			{ status: 422, headers: {}, text },
			{ baseUrl: 'https://masv.test', clock: { now: () => 0 }, secrets: new Secrets() },
		);
		includes.mockRestore();
		expect(error.details[1]).toBe('b0 (field: f0)');
		expect(compared).toBeLessThan(20_000_000);
	});
});
