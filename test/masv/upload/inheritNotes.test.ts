import { bufferSource } from '../../../masv/transfer/bufferSource';
import type { InheritedNotes } from '../../../masv/upload/inheritNotes';
import { inheritNotes, rivalsAt } from '../../../masv/upload/inheritNotes';
import type { NoteLine } from '../../../masv/upload/notes';
import { readNotes } from '../../../masv/upload/notes';

const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const source = bufferSource(Buffer.from('content'), {
	name: 'clip.mov',
	path: '',
	modifiedAt,
	location: '/media/clip',
});
const wanted = { source, place: 'clip.mov', note: undefined };
const sent = { bytes: 7, modifiedMs: modifiedAt.getTime() };

const file = (id: string, by: string, more: Partial<Extract<NoteLine, { kind: 'file' }>> = {}): NoteLine => ({
	kind: 'file',
	fence: 1,
	by,
	id,
	place: 'clip.mov',
	location: '/media/clip',
	uploadId: 'up-1',
	partBytes: 5,
	...sent,
	...more,
});
const done = (id: string): NoteLine => ({
	kind: 'done',
	file: id,
	result: { id, name: 'clip.mov', path: '', size: 7 },
});
const adding = (by: string, more: Partial<typeof sent> = {}): NoteLine => ({
	kind: 'adding',
	by,
	place: 'clip.mov',
	...sent,
	...more,
});

/** @param alive deliveries that give signs of life; all others have ended */
function inherit(lines: NoteLine[], alive: string[] = []): InheritedNotes {
	const notes = readNotes(lines);
	const ended = ['mine', 'other', 'third'].filter((key) => !alive.includes(key));
	return inheritNotes(notes, 'mine', { ended: new Set(ended), alive: new Set(alive) }, [source]);
}

const rivals = (lines: NoteLine[]): string[] => [...rivalsAt(readNotes(lines), [source])];

const latest = ({ latest: byPlace }: InheritedNotes): string | undefined => byPlace.get('clip.mov')?.id;

describe('an unfinished file of another delivery', () => {
	it('is taken over if that delivery has ended', () => {
		const inherited = inherit([file('F1', 'other')]);
		expect([latest(inherited), [...inherited.ownIds]]).toEqual(['F1', ['F1']]);
	});

	it('is left alone while that delivery is alive', () => {
		const inherited = inherit([file('F1', 'other')], ['other']);
		expect([latest(inherited), inherited.ownIds.size, inherited.unfinished.size]).toEqual([undefined, 0, 0]);
	});

	it('that was about to be added is known only if that delivery has ended', () => {
		expect(inherit([adding('other')]).wasAdding(wanted)).toBe(true);
		expect(inherit([adding('other', { bytes: 8 })]).wasAdding(wanted)).toBe(false);
		expect(inherit([adding('other', { modifiedMs: 1 })]).wasAdding(wanted)).toBe(false);
		expect(inherit([adding('other')], ['other']).wasAdding(wanted)).toBe(false);
	});
});

describe('a finished file of another delivery', () => {
	it('is taken for this one if it was made from the same file, whether or not that delivery is alive', () => {
		const inherited = inherit([file('F1', 'other'), done('F1')], ['other']);
		expect([latest(inherited), [...inherited.ownIds]]).toEqual(['F1', ['F1']]);
	});

	it('is left alone if it was made from another file', () => {
		const inherited = inherit([file('F1', 'other', { location: '/media/other' }), done('F1')], ['other']);
		expect([latest(inherited), inherited.ownIds.size]).toEqual([undefined, 0]);
	});
});

describe('of several notes about one place', () => {
	it('those of this delivery count, in whatever order they were written', () => {
		expect(latest(inherit([file('F1', 'mine'), file('F2', 'other')]))).toBe('F1');
		expect(latest(inherit([file('F2', 'other'), file('F1', 'mine')]))).toBe('F1');
	});

	it('that of another delivery counts if it finished the file, and this one has only begun', () => {
		const begun = file('F1', 'mine', { fence: 7 });
		expect(latest(inherit([begun, file('F2', 'other'), done('F2')]))).toBe('F2');
		expect(latest(inherit([file('F2', 'other'), done('F2'), begun], ['other']))).toBe('F2');
		const fromElsewhere = file('F2', 'other', { location: '/media/other' });
		expect(latest(inherit([fromElsewhere, done('F2'), begun]))).toBe('F1');
		expect(latest(inherit([file('F2', 'other'), done('F2'), file('F1', 'mine'), done('F1')]))).toBe('F1');
	});

	it('the last one counts, unless a run that was frozen wrote it after its successor', () => {
		expect(latest(inherit([file('F1', 'mine'), file('F2', 'mine', { fence: 2 })]))).toBe('F2');
		expect(latest(inherit([file('F2', 'mine', { fence: 2 }), file('F1', 'mine')]))).toBe('F2');
	});

	it('those about entries that were removed do not count', () => {
		const removed: NoteLine = { kind: 'removed', file: 'F2' };
		expect(latest(inherit([file('F1', 'mine'), file('F2', 'mine'), removed]))).toBe('F1');
	});

	it('all entries of this delivery are its own, not only the last, and those that were not finished are known', () => {
		const inherited = inherit([file('F1', 'mine'), file('F2', 'mine'), file('F3', 'mine'), done('F3')]);
		expect([...inherited.ownIds]).toEqual(['F1', 'F2', 'F3']);
		expect(inherited.unfinished).toEqual(new Map([['clip.mov', ['F1', 'F2']]]));
	});
});

describe('deliveries that may be at work', () => {
	it('are those that were about to add a file at one of the places, and have not noted its end', () => {
		expect(rivals([adding('other')])).toEqual(['other']);
		expect(rivals([{ kind: 'claimed', by: 'third', place: 'clip.mov' }])).toEqual(['third']);
		expect(rivals([{ kind: 'claimed', by: 'third', place: 'other.mov' }])).toEqual([]);
		expect(rivals([{ kind: 'claimed', by: '', place: 'clip.mov' }])).toEqual([]);
	});
});
