import { addedFileSchema, blueprintsSchema } from '../../masv/schemas';

const url = 'https://storage.test/part';

describe('the headers of a pre-signed request', () => {
	it.each([
		['a map of strings', { host: 'a', 'x-b': '' }, { host: 'a', 'x-b': '' }],
		['a map of lists', { host: ['a'], 'x-b': ['b', 'c'], 'x-d': [] }, { host: 'a', 'x-b': 'b, c', 'x-d': '' }],
		['numbers', { 'content-length': 12 }, { 'content-length': '12' }],
		['null', null, {}],
		['nothing', undefined, {}],
	])('may be %s', (_, headers, decoded) => {
		expect(blueprintsSchema.parse([{ url, method: 'PUT', headers, body: '' }])).toEqual([
			{ url, method: 'PUT', headers: decoded, body: '' },
		]);
	});

	it('may be absent, as all but the URL', () => {
		expect(blueprintsSchema.parse([{ url }])).toEqual([{ url, headers: {}, body: '' }]);
		expect(addedFileSchema.parse({ file: { id: 'f' }, create_blueprint: { url } }).create_blueprint.headers).toEqual(
			{},
		);
	});

	it.each([
		['a text', 'host: a', [0, 'headers']],
		['a list', [['host', 'a']], [0, 'headers']],
		['a map with an object in it', { host: { a: 'b' } }, [0, 'headers', 'host']],
		['a map with null in it', { host: null }, [0, 'headers', 'host']],
		['a map of lists of numbers', { host: [1] }, [0, 'headers', 'host']],
	])('cannot be %s', (_, headers, path) => {
		const { error } = blueprintsSchema.safeParse([{ url, headers }]);
		expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
	});
});
