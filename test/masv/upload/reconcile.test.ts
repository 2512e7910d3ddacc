import { noDate } from '../../../masv/dates';
import type { MasvFile } from '../../../masv/schemas';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { FileSource } from '../../../masv/transfer/source';
import type { FileNote } from '../../../masv/upload/notes';
import type { Decision, Ownership, Wanted } from '../../../masv/upload/reconcile';
import { decide, decideWithoutList, noOthers } from '../../../masv/upload/reconcile';
import { listedFile } from '../../support/listedFile';
import { nothingNoted } from '../../support/nothingNoted';
import { toListing } from '../../support/toListing';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const stamp = { bytes: 7, modified: '5', changed: '6', device: '1', inode: '2' };
const source: FileSource = {
	...bufferSource(Buffer.from('content'), { name: 'clip.mov', path: 'day 1', modifiedAt }),
	location: '/media/clip.mov',
	stamp,
};
const place = 'day 1/clip.mov';
const note: FileNote = {
	fence: 1,
	by: 'me',
	id: 'F1',
	place,
	location: '/media/clip.mov',
	stamp,
	bytes: 7,
	modifiedMs: modifiedAt.getTime(),
	uploadId: 'up-1',
	partBytes: 5,
	parts: new Map([[0, { etag: '"e1"' }]]),
	...nothingNoted,
};
const done: FileNote = {
	...note,
	done: {
		id: 'F1',
		name: 'clip.mov',
		path: 'day 1',
		size: 7,
		parts: 2,
		retried_parts: 0,
		resumed_parts: 0,
		md5_verified: true,
		duration_ms: 1,
	},
};
/** As MASV lists a file that was sent from the source. */
const listed = (more: Partial<MasvFile> = {}): MasvFile => listedFile(modifiedAt, { path: '/day 1', ...more });

const decideOn = (
	files: MasvFile[],
	{
		note: noted,
		source: from = source,
		...ownership
	}: Partial<Ownership> & { note?: FileNote; source?: FileSource } = {},
): Decision =>
	decide({ source: from, place, note: noted }, toListing(files), {
		isOwnPackage: true,
		isClosed: false,
		ownIds: new Set(noted === undefined ? [] : [noted.id]),
		others: noOthers,
		intents: new Map(),
		...ownership,
	});
/** What was sent when the file was added. */
const sentBefore = new Map([[place, [{ bytes: 7, modifiedMs: modifiedAt.getTime() }]]]);
const removed = (decision: Decision) => ('remove' in decision ? decision.remove.map(({ id }) => id) : undefined);

describe('a file that is not listed', () => {
	it('is sent', () => {
		expect(decideOn([listed({ name: 'other.mov' })])).toEqual({ kind: 'send', remove: [] });
	});

	it('is waited for if it was noted, and continued if it does not appear: MASV says whether it is gone', () => {
		for (const noted of [done, note]) {
			const otherwise = { kind: 'resume', note: noted, compare: false, remove: [] };
			expect(decideOn([], { note: noted })).toEqual({ kind: 'wait', otherwise });
		}
	});

	it('is removed before it is sent anew, in case the list is behind', () => {
		const grown = { ...source, bytes: 8 };
		for (const decision of [
			decideOn([], { note: done, source: grown }),
			decideOn([], { note: { ...note, uploadId: undefined } }),
		]) {
			expect(decision).toMatchObject({ kind: 'wait', otherwise: { kind: 'send', remove: [{ id: 'F1' }] } });
		}
	});

	it('in a finalized package is there if it was noted as finished, and otherwise sent', () => {
		expect(decideOn([], { note: done, isClosed: true })).toMatchObject({ kind: 'wait', otherwise: { kind: 'there' } });
		const send = { kind: 'send', remove: [] };
		expect(decideOn([], { note, isClosed: true })).toEqual({ kind: 'wait', otherwise: send });
	});

	it('although it was noted, but another copy is, counts as there, and the noted one is removed', () => {
		const decision = decideOn([listed({ id: 'F2' })], { note: done });
		expect(decision).toMatchObject({ kind: 'wait', otherwise: { kind: 'there', id: 'F2', remove: [{ id: 'F1' }] } });
	});

	it.each(['directory', 'zip_windows', 'zip_mac'])('is sent although an entry of the kind %s has its place', (kind) => {
		expect(decideOn([listed({ kind })]).kind).toBe('send');
	});
});

describe('a complete file', () => {
	it('is there if its ID was noted, whether or not the response was', () => {
		expect(decideOn([listed()], { note: done })).toMatchObject({ kind: 'there', id: 'F1' });
		expect(decideOn([listed()], { note })).toMatchObject({ kind: 'there', id: 'F1' });
	});

	it.each<Partial<MasvFile>>([
		{ path: 'day 1/' },
		{ last_modified: '2026-01-01T23:04:05-04:00' },
		{ last_modified: '2026-01-01T23:04:05.678-04:00' },
	])('is there without a note if place, size and modification time agree (%j)', (more) => {
		expect(decideOn([listed(more)])).toMatchObject({ kind: 'there', id: 'F1', note: undefined });
		expect(decideOn([listed(more)], { isOwnPackage: false }).kind).toBe('there');
	});

	it.each<Partial<MasvFile>>([{ name: 'CLIP.MOV' }, { path: '/day_1' }, { name: 'clip.mov ' }])(
		'is there if its ID was noted, however MASV spells its place (%j)',
		(more) => {
			expect(decideOn([listed(more)], { note: done })).toMatchObject({ kind: 'there', id: 'F1' });
		},
	);

	it('that is there twice blocks, and is called a copy', () => {
		const twice = [listed(), listed({ id: 'F2' })];
		expect(decideOn(twice)).toMatchObject({ kind: 'blocked', by: { id: 'F2' }, reason: 'duplicate' });
		expect(decideOn(twice, { note: done })).toMatchObject({ by: { id: 'F2' }, reason: 'duplicate' });
	});

	it('is there however its name is composed', () => {
		const composed = { ...source, name: 'caf\u00e9' };
		const files = [listed({ name: 'cafe\u0301' })];
		const wanted = { source: composed, place: 'day 1/caf\u00e9', note: undefined };
		const ownership = {
			isOwnPackage: false,
			isClosed: false,
			ownIds: new Set<string>(),
			others: noOthers,
			intents: new Map(),
		};
		expect(decide(wanted, toListing(files), ownership).kind).toBe('there');
	});

	it.each<Partial<MasvFile>>([
		{ size: 8 },
		{ size: undefined },
		{ last_modified: undefined },
		{ last_modified: '2026-01-02T03:04:05.679Z' },
		{ last_modified: '2026-01-02T03:04:06Z' },
	])('is not touched and blocks if it was not noted and %j differs', (more) => {
		for (const isOwnPackage of [true, false]) {
			expect(decideOn([listed(more)], { isOwnPackage })).toMatchObject({ kind: 'blocked', reason: 'different' });
		}
	});

	it('blocks if the file has no time, which proves nothing, unless it was noted', () => {
		const timeless = { ...source, modifiedAt: new Date(noDate), stamp: undefined } as FileSource;
		const files = [listed({ last_modified: '0001-01-01T00:00:00Z' })];
		expect(decideOn(files, { source: timeless })).toMatchObject({ kind: 'blocked', reason: 'different' });
		const noted = { ...done, stamp: undefined, modifiedMs: noDate };
		expect(decideOn(files, { source: timeless, note: noted }).kind).toBe('there');
		const intents = new Map([[place, [{ bytes: 7, modifiedMs: noDate }]]]);
		const unfinished = [listed({ last_modified: '0001-01-01T00:00:00Z', completed: false })];
		expect(removed(decideOn(unfinished, { source: timeless, intents, isOwnPackage: false }))).toEqual(['F1']);
	});

	it('blocks when it is there twice', () => {
		expect(decideOn([listed(), listed({ id: 'F2' })])).toMatchObject({ kind: 'blocked', by: { id: 'F2' } });
		expect(decideOn([listed(), listed({ id: 'F2' })], { note })).toMatchObject({ kind: 'blocked', by: { id: 'F2' } });
	});

	it('is compared if the file may have changed since', () => {
		const remounted = { ...source, stamp: { ...stamp, device: '9' } };
		const touched = { ...source, stamp: { ...stamp, modified: '9' } };
		for (const from of [remounted, touched]) {
			expect(decideOn([listed()], { note: done, source: from })).toMatchObject({ kind: 'check' });
		}
	});

	it('is compared if it was sent from another location, even if nothing else is known of the two files', () => {
		const moved = { ...source, location: '/media/copy.mov' };
		expect(decideOn([listed()], { note: done, source: moved }).kind).toBe('check');
		const unstamped = { ...moved, stamp: undefined } as FileSource;
		expect(decideOn([listed()], { note: { ...done, stamp: undefined }, source: unstamped }).kind).toBe('check');
	});

	it('is compared if only one of the two has a stamp', () => {
		const unstamped = { ...source, stamp: undefined } as FileSource;
		expect(decideOn([listed()], { note: done, source: unstamped }).kind).toBe('check');
		expect(decideOn([listed()], { note: { ...done, stamp: undefined } }).kind).toBe('check');
	});

	it('is replaced if the file has another size now, or MASV lists another one', () => {
		const grown = { ...source, bytes: 8 };
		const decision = decideOn([listed()], { note: done, source: grown });
		expect([decision.kind, removed(decision)]).toEqual(['send', ['F1']]);
		expect(decideOn([listed({ size: 6 })], { note: done }).kind).toBe('send');
	});

	it('of which the list says nothing is there if MASV confirmed it', () => {
		expect(decideOn([listed({ completed: undefined })], { note: done }).kind).toBe('there');
		expect(decideOn([listed({ completed: undefined })], { note }).kind).toBe('resume');
	});
});

describe('an unfinished file', () => {
	it('is resumed if it was noted', () => {
		expect(decideOn([listed({ completed: false })], { note })).toEqual({
			kind: 'resume',
			note,
			compare: false,
			remove: [],
		});
	});

	it('is resumed and compared if the file may have changed since', () => {
		const remounted = { ...source, stamp: { ...stamp, inode: '9' } };
		expect(decideOn([listed({ completed: false })], { note, source: remounted })).toMatchObject({
			kind: 'resume',
			compare: true,
		});
	});

	it('is resumed and compared if another file may have replaced some of its parts', () => {
		expect(decideOn([listed({ completed: false })], { note: { ...note, mixedBy: new Set(['me']) } })).toMatchObject({
			kind: 'resume',
			compare: true,
		});
	});

	it('is waited for if MASV confirmed it', () => {
		expect(decideOn([listed({ completed: false })], { note: done })).toMatchObject({
			kind: 'wait',
			otherwise: { kind: 'resume' },
		});
	});

	it('is replaced if only its addition was noted', () => {
		const decision = decideOn([listed({ completed: false })], { note: { ...note, uploadId: undefined } });
		expect([decision.kind, removed(decision)]).toEqual(['send', ['F1']]);
	});

	it('that was not noted is removed in a package of this delivery', () => {
		expect(removed(decideOn([listed({ completed: false, size: 9 })]))).toEqual(['F1']);
		expect(removed(decideOn([listed({ completed: undefined })]))).toEqual(['F1']);
	});

	it('that was not noted blocks in the package of somebody else', () => {
		const foreign = { isOwnPackage: false };
		expect(decideOn([listed({ completed: false })], foreign)).toMatchObject({ kind: 'blocked', reason: 'unfinished' });
		expect(decideOn([listed({ completed: undefined })], foreign)).toMatchObject({
			kind: 'blocked',
			reason: 'unknown',
		});
	});

	it('that was about to be added is removed, but only what was to be added', () => {
		const adding = { isOwnPackage: false, intents: sentBefore };
		expect(removed(decideOn([listed({ completed: false })], adding))).toEqual(['F1']);
		expect(decideOn([listed({ completed: false, size: 9 })], adding).kind).toBe('blocked');
		expect(removed(decideOn([listed({ completed: undefined })], adding))).toEqual(['F1']);
		expect(decideOn([listed({ completed: true })], adding).kind).toBe('there');
	});

	it.each([true, false])(
		'that was about to be added is removed although the file was touched (own package: %s)',
		(isOwnPackage) => {
			const touched = { ...source, modifiedAt: new Date(0) };
			for (const completed of [false, undefined]) {
				const decision = decideOn([listed({ completed })], { isOwnPackage, intents: sentBefore, source: touched });
				expect([decision.kind, removed(decision)]).toEqual(['send', ['F1']]);
			}
		},
	);

	it('of which the list does not say whether it is complete blocks in a package of this delivery if it is another file', () => {
		expect(decideOn([listed({ completed: undefined, size: 9 })])).toMatchObject({ kind: 'blocked', reason: 'unknown' });
	});

	it('in a finalized package is complete unless the list says otherwise', () => {
		const closed = { isClosed: true };
		expect(decideOn([listed({ completed: undefined })], closed).kind).toBe('there');
		expect(decideOn([listed({ completed: undefined })], { ...closed, note }).kind).toBe('there');
		expect(decideOn([listed({ completed: false })], { ...closed, note }).kind).toBe('resume');
	});

	it('in a finalized package that MASV confirmed is complete, if the list goes on to say otherwise', () => {
		const files = [listed({ completed: false })];
		for (const isOwnPackage of [true, false]) {
			const decision = decideOn(files, { isClosed: true, isOwnPackage, note: done });
			expect(decision).toMatchObject({ kind: 'wait', otherwise: { kind: 'there', id: 'F1' } });
		}
	});

	it('that MASV refused without saying whether it is complete is asked about again', () => {
		const doubtful = { note: { ...note, isDoubtful: true }, isOwnPackage: false };
		for (const completed of [undefined, false]) expect(decideOn([listed({ completed })], doubtful).kind).toBe('resume');
	});

	it('of this delivery beside its successor is removed', () => {
		const files = [listed({ id: 'F0', completed: false }), listed()];
		const decision = decideOn(files, { note, ownIds: new Set(['F0', 'F1']), isOwnPackage: false });
		expect([decision.kind, removed(decision)]).toEqual(['there', ['F0']]);
	});
});

describe('at a place where another delivery', () => {
	const others = (
		isAtWork: boolean,
		entries: Array<[string, boolean]> = [],
	): Pick<Ownership, 'others' | 'isOwnPackage' | 'ownIds'> => ({
		isOwnPackage: false,
		ownIds: new Set(['F1']),
		others: new Map([[place, { isAtWork, entries: new Map(entries) }]]),
	});

	it.each<[string, MasvFile[], FileNote | undefined]>([
		['nothing is listed', [], undefined],
		['nothing is listed of what was noted', [], done],
		['an unfinished file is listed', [listed({ id: 'X', completed: false })], undefined],
		['a file is listed that may be unfinished', [listed({ id: 'X', completed: undefined })], undefined],
		['an own file is unfinished', [listed({ completed: false })], note],
	])('is at work, nothing is done if %s', (_, files, noted) => {
		expect(decideOn(files, { ...others(true), note: noted }).kind).toBe('claimed');
		expect(decideWithoutList({ source, place, note: undefined }, others(true)).kind).toBe('claimed');
	});

	it('is at work, a complete file counts nevertheless, be it the same or not', () => {
		expect(decideOn([listed({ id: 'X' })], others(true)).kind).toBe('there');
		expect(decideOn([listed({ id: 'X', size: 8 })], others(true))).toMatchObject({
			kind: 'blocked',
			reason: 'different',
		});
		expect(decideOn([listed({ id: 'X' }), listed({ id: 'Y' })], others(true))).toMatchObject({
			kind: 'blocked',
			reason: 'duplicate',
		});
	});

	it('has added an entry, that one is not removed, although it looks like one that this delivery has left', () => {
		const files = [listed({ id: 'X', completed: undefined })];
		expect(decideOn(files, { ...others(false, [['X', false]]), intents: sentBefore })).toMatchObject({
			kind: 'blocked',
		});
		expect(decideOn(files, { ...others(false), intents: sentBefore })).toMatchObject({ kind: 'send' });
	});

	it('has completed the file, it is there although the list does not say so', () => {
		expect(decideOn([listed({ id: 'X', completed: undefined })], others(false, [['X', true]])).kind).toBe('there');
	});

	it('has continued an entry with its own file, the entry is not taken for the file that it was added for', () => {
		const sent = { bytes: 7, modifiedMs: modifiedAt.getTime() };
		const continuedWith = (more: Partial<typeof sent>) => {
			const files = new Map([['X', { ...sent, ...more }]]);
			const those = { isAtWork: false, entries: new Map([['X', false]]), files };
			return decideOn([listed({ id: 'X' })], { ...others(false), others: new Map([[place, those]]) });
		};
		expect(continuedWith({}).kind).toBe('there');
		expect(continuedWith({ modifiedMs: 1 })).toMatchObject({ kind: 'blocked', reason: 'different' });
		expect(continuedWith({ bytes: 8 })).toMatchObject({ kind: 'blocked', reason: 'different' });
	});

	it('may have completed an entry with its own file, that one is not continued', () => {
		const mixed = { isAtWork: false, entries: new Map([['F1', false]]), mixed: new Set(['F1']) };
		const continued = { ...note, mixedBy: new Set(['other']) };
		const decideMixed = (completed: boolean | undefined) =>
			decideOn([listed({ completed })], {
				...others(false),
				others: new Map([[place, mixed]]),
				note: continued,
			});
		expect(decideMixed(true).kind).toBe('check');
		expect(decideMixed(undefined)).toMatchObject({ kind: 'blocked', reason: 'unknown' });
		const replaced = decideMixed(false);
		expect([replaced.kind, removed(replaced)]).toEqual(['send', ['F1']]);
		const asked: FileNote = { ...continued, isFinalizing: true };
		const unlisted = decideOn([], { ...others(false), others: new Map([[place, mixed]]), note: asked });
		expect(unlisted).toMatchObject({ kind: 'wait', otherwise: { kind: 'send', remove: [] } });
	});

	it.each<[string, FileNote, boolean]>([
		['may have replaced parts of it', { ...note, mixedBy: new Set(['other']) }, true],
		['may have completed it', { ...note, isFinalizing: true }, false],
	])('%s, an entry that is not listed is not removed once the file is there', (_, noted, isMixed) => {
		const mixed = new Set(isMixed ? ['F1'] : []);
		const theirs = { isAtWork: false, entries: new Map([['F1', false]]), mixed };
		const decision = decideOn([listed({ id: 'X' })], {
			...others(false),
			others: new Map([[place, theirs]]),
			note: noted,
		});
		expect(decision).toEqual({ kind: 'wait', otherwise: { kind: 'there', id: 'X', note: undefined, remove: [] } });
	});

	it('has replaced parts of a file that was finished, and that is not listed, MASV is asked about it', () => {
		const theirs = { isAtWork: false, entries: new Map([['F1', true]]), mixed: new Set(['F1']) };
		const decision = decideOn([], {
			...others(false),
			others: new Map([[place, theirs]]),
			note: { ...done, mixedBy: new Set(['other']) },
		});
		expect(decision).toMatchObject({ kind: 'wait', otherwise: { kind: 'resume', isUnlisted: true } });
	});

	it('has completed a file that is not listed, the list is behind', () => {
		const send = { kind: 'send', remove: [] };
		expect(decideOn([], others(false, [['X', true]]))).toEqual({ kind: 'wait', otherwise: send });
		expect(decideOn([], others(false, [['X', false]]))).toEqual(send);
	});
});

describe('what another delivery has finished', () => {
	const touched: FileSource = { ...source, stamp: { ...stamp, modified: '9' } };
	const moved: FileSource = { ...source, location: '/elsewhere/clip.mov' };
	const grown: FileSource = { ...source, bytes: 8 };
	const theirs = new Map([[place, { isAtWork: false, entries: new Map([['F1', true]]) }]]);
	const ownership = { isOwnPackage: false, ownIds: new Set<string>(), others: theirs };
	const decideBoth = (from: FileSource): Decision[] => [
		decideOn([listed()], { ...ownership, note: done, source: from }),
		decideWithoutList({ source: from, place, note: done }, ownership),
	];

	it('is there if nothing has changed', () => {
		expect(decideBoth(source)).toMatchObject([{ kind: 'there' }, { kind: 'there' }]);
	});

	it.each([
		['changed', touched],
		['was made from a file elsewhere', moved],
	])('is compared if it %s, and nothing is removed', (_, from) => {
		expect(decideBoth(from)).toMatchObject([
			{ kind: 'check', remove: [] },
			{ kind: 'check', remove: [] },
		]);
	});

	it('is not replaced either if this delivery has uploaded it and another one reports it', () => {
		const reported = { ...ownership, ownIds: new Set(['F1']) };
		const blocked = { kind: 'blocked', reason: 'different' };
		expect(decideWithoutList({ source: grown, place, note: done }, reported)).toMatchObject(blocked);
	});

	it('is in the way if it has another size', () => {
		const blocked = { kind: 'blocked', reason: 'different', by: { id: 'F1' } };
		expect(decideBoth(grown)).toMatchObject([blocked, blocked]);
	});

	it.each([
		['has another size', grown],
		['is the same', source],
	])('and is not listed is asked about if the file %s: nothing is added before it is known to be gone', (_, from) => {
		const noted = { ...done, by: 'another' };
		const decision = decideOn([], { ...ownership, note: noted, source: from });
		const otherwise = { kind: 'resume', note: noted, compare: from === grown, isUnlisted: true, remove: [] };
		expect(decision).toEqual({ kind: 'wait', otherwise });
	});

	it.each([
		['has another size', grown, true],
		['was changed', touched, true],
		['is the same', source, false],
	])('or may have finished, and is not listed, is asked about, too, if the file %s', (_, from, compare) => {
		const noted = { ...note, by: 'another', isFinalizing: true };
		const unfinished = new Map([[place, { isAtWork: false, entries: new Map([['F1', false]]) }]]);
		const decision = decideOn([], { isOwnPackage: false, others: unfinished, note: noted, source: from });
		const otherwise = { kind: 'resume', note: noted, compare, isUnlisted: true, remove: [] };
		expect(decision).toEqual({ kind: 'wait', otherwise });
	});

	it('is taken for a stream of the same size and time, which cannot be compared', () => {
		const stream = { ...moved, kind: 'stream' } as unknown as FileSource;
		const [first] = decideBoth(stream);
		const [other] = decideBoth({ ...stream, modifiedAt: new Date(0) });
		expect([first, other]).toMatchObject([{ kind: 'there' }, { kind: 'blocked', reason: 'different' }]);
	});

	it('is not taken for a stream if it was uploaded from another file than the one that its entry was added for', () => {
		const stream = { ...moved, kind: 'stream' } as unknown as FileSource;
		const note = { ...done, modifiedMs: done.modifiedMs + 1_000 };
		const decision = decideOn([listed()], { ...ownership, note, source: stream });
		expect(decision).toMatchObject({ kind: 'blocked', reason: 'different' });
	});

	it('is not touched while the list shows it as unfinished', () => {
		expect(decideOn([listed({ completed: false })], { ...ownership, note: done })).toMatchObject({
			kind: 'wait',
			otherwise: { kind: 'blocked', reason: 'unfinished' },
		});
	});

	it('is known from the list if the note of its end is missing', () => {
		const unnoted = {
			...ownership,
			ownIds: new Set(['F1']),
			others: new Map([[place, { isAtWork: false, entries: new Map([['F1', false]]) }]]),
		};
		expect(decideOn([listed()], { ...unnoted, note, source: grown })).toMatchObject({
			kind: 'blocked',
			reason: 'different',
		});
		expect(decideOn([listed()], { ...unnoted, note, source: touched })).toMatchObject({ kind: 'check', remove: [] });
		expect(decideOn([listed()], { ...unnoted, note: undefined, source: grown })).toMatchObject({ kind: 'blocked' });
		expect(decideOn([listed({ completed: false })], { ...unnoted, note, source: grown })).toMatchObject({
			kind: 'send',
		});
	});

	it('may be finished if MASV was asked to: it is continued only for the same file', () => {
		const unnoted = {
			isOwnPackage: false,
			ownIds: new Set(['F1']),
			others: new Map([[place, { isAtWork: false, entries: new Map([['F1', false]]) }]]),
		};
		const asked = { ...note, isFinalizing: true };
		const decideAll = (from: FileSource, noted: FileNote): Decision[] => [
			decideOn([listed({ completed: undefined })], { ...unnoted, note: noted, source: from }),
			decideWithoutList({ source: from, place, note: noted }, unnoted),
		];
		const blocked = { kind: 'blocked', reason: 'unknown' };
		expect(decideAll(source, asked)).toMatchObject([{ kind: 'resume' }, { kind: 'resume' }]);
		expect(decideAll(touched, asked)).toMatchObject([blocked, blocked]);
		expect(decideAll(grown, asked)).toMatchObject([blocked, blocked]);
		expect(decideAll(grown, note)).toMatchObject([{ kind: 'send' }, { kind: 'send' }]);
		// MASV says that it is not.
		const unfinished = decideOn([listed({ completed: false })], { ...unnoted, note: asked, source: grown });
		expect([unfinished.kind, removed(unfinished)]).toEqual(['send', ['F1']]);
	});
});

describe('without a list', () => {
	const own = { others: noOthers, ownIds: new Set(['F1']) };
	const byNotes = (wanted: Wanted): Decision => decideWithoutList(wanted, own);

	it('the notes decide', () => {
		const kinds = [done, note, { ...note, uploadId: undefined }, undefined].map(
			(each) => byNotes({ source, place, note: each }).kind,
		);
		expect(kinds).toEqual(['there', 'resume', 'send', 'send']);
	});

	it('a file that may have changed is compared, and one of another size is sent', () => {
		const touched = { ...source, stamp: { ...stamp, modified: '9' } };
		expect(byNotes({ source: touched, place, note: done }).kind).toBe('check');
		expect(byNotes({ source: touched, place, note })).toMatchObject({ kind: 'resume', compare: true });
		expect(byNotes({ source: { ...source, bytes: 8 }, place, note: done }).kind).toBe('send');
	});

	it('an entry that is replaced is removed, and so are others that were noted and never finished', () => {
		const grown = { ...source, bytes: 8 };
		const isRemoved = (each: FileNote | undefined, from = source): string[] | undefined =>
			removed(decideWithoutList({ source: from, place, note: each }, own, ['F0', 'F1']));
		expect([isRemoved(done), isRemoved(note), isRemoved(undefined)]).toEqual([['F0'], ['F0'], ['F0', 'F1']]);
		expect(isRemoved({ ...note, uploadId: undefined })).toEqual(['F0', 'F1']);
		expect(isRemoved(done, grown)).toEqual(['F0', 'F1']);
	});
});
