import type { Answer } from './answerChanger';

/** What a server could respond instead. */
export type Change = (answer: Answer) => Answer;

const isSuccess = ({ status }: Answer): boolean => status < 300;

const instead =
	(body: string, status = 200): Change =>
	(answer) =>
		isSuccess(answer) ? { status, body } : answer;

const rejects =
	(status: number, body = '{"code":"odd","message":"odd answer"}'): Change =>
	() => ({ status, body });

/** Changes each value in a JSON body, from the inside out. The key of the whole body is empty. */
function eachValue(change: (value: unknown, key: string) => unknown): Change {
	return (answer) => {
		if (!isSuccess(answer) || answer.body === '') return answer;
		const value: unknown = JSON.parse(answer.body, (key: string, part: unknown) => change(part, key));
		return { ...answer, body: JSON.stringify(value) ?? '' };
	};
}

/** Changes the list that a body is or contains, and adds to the object around it. */
function asList(change: (records: object[]) => object[], more: () => object = () => ({})): Change {
	return (answer) => {
		if (!isSuccess(answer) || answer.body === '') return answer;
		const value = JSON.parse(answer.body) as object | null;
		const records = Array.isArray(value) ? (value as object[]) : (value as { records?: object[] } | null)?.records;
		if (!Array.isArray(records)) return answer;
		const around = Array.isArray(value) ? {} : value;
		return { ...answer, body: JSON.stringify({ ...around, records: change(records), ...more() }) };
	};
}

const isObject = (value: unknown): value is object =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
const isIndex = (key: string): boolean => /^\d*$/.test(key);

let cursors = 0;
const newCursor = () => ({ next_cursor: `c${++cursors}` });

const statuses = [400, 401, 402, 403, 404, 405, 409, 410, 422, 429, 500, 501, 503, 504];

export const oddAnswers: Record<string, Change> = {
	null: instead('null'),
	'an empty object': instead('{}'),
	'an empty list': instead('[]'),
	'a text': instead('"text"'),
	'a number': instead('7'),
	'a list with null': instead('[null]'),
	'a list in a list': instead('[[[]]]'),
	'204 without a body': instead('', 204),
	'200 without a body': instead(''),
	'a page': instead('<html><title>Sign in</title></html>'),
	'half of the body': (answer) =>
		isSuccess(answer) ? { ...answer, body: answer.body.slice(0, answer.body.length / 2) } : answer,
	'an object in a list': (answer) => (isSuccess(answer) ? { ...answer, body: `[${answer.body}]` } : answer),
	'null for every value': eachValue((value) => (typeof value === 'object' ? value : null)),
	'texts for numbers': eachValue((value) => (typeof value === 'number' ? String(value) : value)),
	'numbers for texts': eachValue((value) => (typeof value === 'string' ? 12 : value)),
	'no IDs': eachValue((value, key) => (key === 'id' ? undefined : value)),
	'IDs only': eachValue((value, key) => (key === 'id' || key === 'records' || isIndex(key) ? value : undefined)),
	'objects for texts': eachValue((value, key) => (typeof value === 'string' && key !== 'id' ? { odd: value } : value)),
	'objects for lists': eachValue((value, key) =>
		Array.isArray(value) && key !== '' ? { ...(value as object[]) } : value,
	),
	'lists for objects': eachValue((value, key) => (isObject(value) && key !== '' ? [value] : value)),
	'hostile texts': eachValue((value, key) =>
		typeof value === 'string' && !/id$|token|secret|url/.test(key) ? '../\u0000\u202e{{ 1 }}__proto__' : value,
	),
	'a total of 0': asList(
		(records) => records,
		() => ({ metadata: { total: 0 } }),
	),
	'a total that is too large': asList(
		(records) => records,
		() => ({ metadata: { total: 1e12 } }),
	),
	'a negative total': asList(
		(records) => records,
		() => ({ metadata: { total: -1 } }),
	),
	'the same cursor again': asList(
		(records) => records,
		() => ({ next_cursor: 'same' }),
	),
	'a new cursor each time': asList((records) => records, newCursor),
	'empty pages with new cursors': asList(() => [], newCursor),
	'a huge page': asList((records) =>
		records.flatMap((record) =>
			Array.from({ length: 120 }, (_, n) => ({ ...record, id: `${(record as { id?: string }).id}-${n}` })),
		),
	),
	...Object.fromEntries(statuses.map((status) => [String(status), rejects(status)])),
	'404 as a page': rejects(404, '<html><title>Not found</title></html>'),
	'403 without a body': rejects(403, ''),
	'a redirect': rejects(302, ''),
	'an error of another form': rejects(400, '{"errors":{"code":1},"message":["x"]}'),
};
