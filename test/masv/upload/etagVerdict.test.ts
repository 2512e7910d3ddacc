import { createEtagVerdict } from '../../../masv/upload/etagVerdict';
import type { PartNote } from '../../../masv/upload/partNote';
import { failureOf } from '../../support/failureOf';
import { md5Of } from '../../support/fakeStorage';

const md5 = md5Of(Buffer.from('sent'));
const good: PartNote = { etag: `"${md5}"`, md5 };
const bad: PartNote = { etag: `"${md5Of(Buffer.from('arrived'))}"`, md5 };
const odd: PartNote = { etag: '"abc-1"', md5 };
const unhashed: PartNote = { etag: bad.etag };

/** A verdict, and parts whose attempts have the given results. The results that are promises arrive when they are resolved. */
function verdictOf() {
	let notices = 0;
	const verdict = createEtagVerdict(() => void notices++);
	const confirm = async (...results: Array<PartNote | Promise<PartNote>>) => {
		const repeats: boolean[] = [];
		let mismatches = 0;
		const note = await verdict
			.confirm(
				async (isRepeat) => {
					repeats.push(isRepeat);
					const result = results[repeats.length - 1];
					if (result === undefined) throw new Error('It was sent too often');
					return await result;
				},
				() => void mismatches++,
				() => new Error('damaged'),
			)
			.catch((error: Error) => error.message);
		return { note, sent: repeats.length, repeats, mismatches };
	};
	return { verdict, confirm, notices: () => notices };
}

function later<T>() {
	let resolve!: (value: T) => void;
	let reject!: (error: unknown) => void;
	const promise = new Promise<T>((...both) => ([resolve, reject] = both));
	promise.catch(() => undefined);
	return { promise, resolve, reject };
}

const settle = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe('the verdict on ETags', () => {
	it('accepts a part whose ETag matches, and then knows that they are MD5s', async () => {
		const { verdict, confirm } = verdictOf();
		expect(await confirm(good)).toMatchObject({ note: good, sent: 1, mismatches: 0 });
		expect(verdict.etags).toBe('md5');
	});

	it('calls it damage if the part matches when it is sent again', async () => {
		const { verdict, confirm, notices } = verdictOf();
		expect(await confirm(bad, good)).toEqual({ note: good, sent: 2, repeats: [false, true], mismatches: 1 });
		expect([verdict.etags, notices()]).toEqual(['md5', 0]);
	});

	it('calls the ETags opaque if it never matches, says so once, and accepts every part from then on', async () => {
		const { verdict, confirm, notices } = verdictOf();
		expect(await confirm(bad, bad)).toMatchObject({ note: bad, sent: 2 });
		expect(await confirm(bad)).toMatchObject({ note: bad, sent: 1 });
		expect([verdict.etags, notices()]).toEqual(['opaque', 1]);
	});

	it('sends only one part twice if the ETags are opaque, however many are on their way', async () => {
		const { confirm } = verdictOf();
		const second = later<PartNote>();
		const first = confirm(bad, second.promise);
		await settle();
		const others = [confirm(bad), confirm(bad), confirm(bad)];
		await settle();
		second.resolve(bad);
		expect((await Promise.all([first, ...others])).map(({ sent }) => sent)).toEqual([2, 1, 1, 1]);
	});

	it('sends the waiting parts again as well if the first one was damaged', async () => {
		const { confirm } = verdictOf();
		const second = later<PartNote>();
		const first = confirm(bad, second.promise);
		await settle();
		const other = confirm(bad, good);
		await settle();
		second.resolve(good);
		expect([(await first).note, (await other).note]).toEqual([good, good]);
		expect(await other).toMatchObject({ sent: 2 });
	});

	it('does not keep a damaged part waiting when another part has matched', async () => {
		const { confirm } = verdictOf();
		const second = later<PartNote>();
		const first = confirm(bad, second.promise);
		await settle();
		const waiting = confirm(bad, good);
		await settle();
		await confirm(good);
		expect(await waiting).toMatchObject({ note: good, sent: 2 });
		second.resolve(good);
		await first;
	});

	it('lets the next part find out if the first one cannot be sent again', async () => {
		const { verdict, confirm } = verdictOf();
		const second = later<PartNote>();
		const first = confirm(bad, second.promise);
		await settle();
		const others = [confirm(bad, bad), confirm(bad)];
		await settle();
		second.reject(new Error('no connection'));
		expect(await first).toMatchObject({ note: 'no connection' });
		expect((await Promise.all(others)).map(({ sent }) => sent)).toEqual([2, 1]);
		expect(verdict.etags).toBe('opaque');
	});

	it('gives up a part that arrives damaged three times although others matched', async () => {
		const { confirm } = verdictOf();
		await confirm(good);
		expect(await confirm(bad, bad, bad, good)).toMatchObject({ note: 'damaged', sent: 3, mismatches: 2 });
	});

	it('does not call the ETags opaque if another part matched while one was sent again', async () => {
		const { verdict, confirm, notices } = verdictOf();
		const second = later<PartNote>();
		const first = confirm(bad, second.promise, good);
		await settle();
		await confirm(good);
		second.resolve(bad);
		expect(await first).toMatchObject({ note: good, sent: 3 });
		expect([verdict.etags, notices()]).toEqual(['md5', 0]);
	});

	it('believes a match more than an earlier verdict', async () => {
		const { verdict, confirm } = verdictOf();
		await confirm(bad, bad);
		await confirm(good);
		expect(verdict.etags).toBe('md5');
	});

	it('needs no second try to see that an ETag of another form is opaque', async () => {
		const { verdict, confirm, notices } = verdictOf();
		expect(await confirm(odd)).toMatchObject({ note: odd, sent: 1 });
		expect([verdict.etags, notices()]).toEqual(['opaque', 1]);
	});

	it('takes one odd ETag among MD5s as it is', async () => {
		const { verdict, confirm, notices } = verdictOf();
		await confirm(good);
		expect(await confirm(odd)).toMatchObject({ note: odd, sent: 1 });
		expect([verdict.etags, notices()]).toEqual(['md5', 0]);
	});

	it('learns nothing from a part that was not hashed', async () => {
		const { verdict, confirm } = verdictOf();
		expect(await confirm(unhashed)).toMatchObject({ note: unhashed, sent: 1 });
		expect(verdict.etags).toBe('unknown');
	});

	it('throws what sending throws', async () => {
		const { verdict } = verdictOf();
		const failing = verdict.confirm(
			() => Promise.reject(new Error('no connection')),
			() => undefined,
			() => new Error('damaged'),
		);
		expect(await failureOf(failing)).toMatchObject({ message: 'no connection' });
	});
});
