import { hasContent } from '../../../masv/download/hasContent';
import type { WholeNote } from '../../../masv/download/notes';
import type { FoundEntry, TargetFolder, TargetPlace } from '../../../masv/download/target';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { patternBytes } from '../../support/testSources';

const content = patternBytes(250, 1);
const blockBytes = 100;
const place = { folders: [], name: 'a.mov', partial: 'a.mov.part' } satisfies TargetPlace;
const found: FoundEntry = { kind: 'file', bytes: content.length, stamp: 'now' };

const md5 = (of: Uint8Array): string => {
	const sum = nodeHashing.md5();
	sum.update(of);
	return sum.hex();
};
const blocks = [0, 1, 2].map((block) => md5(content.subarray(block * blockBytes, (block + 1) * blockBytes)));
const note = { md5: md5(Buffer.from(blocks.join(''), 'hex')), parts: 3, blockBytes, stamp: 'then' } as WholeNote;

/** @param stored what the file contains once it is open; undefined: it may not be read */
async function look(stored: Uint8Array | undefined, noted: WholeNote | undefined = note) {
	let [opened, closed] = [0, 0];
	const read = async (into: Uint8Array, at: number): Promise<number> => {
		const piece = stored?.subarray(at, at + into.length) ?? [];
		into.set(piece);
		return await Promise.resolve(piece.length);
	};
	const openFile: TargetFolder['openFile'] = async () => {
		opened++;
		return await Promise.resolve(stored && { read, close: () => void closed++ });
	};
	const is = await hasContent({ openFile } as TargetFolder, place, found, noted, { hashing: nodeHashing });
	expect(closed).toBe(stored === undefined ? 0 : opened);
	return { is, opened };
}

describe('a file that is there', () => {
	it.each([
		['has the content that was noted', content, true],
		['has not: it is another one', content.map((byte) => byte ^ 1), false],
		['has not: it has become shorter since it was looked at', content.subarray(0, 150), false],
		['perhaps has, because it may not be read', undefined, true],
	])('%s', async (_, stored, is) => expect(await look(stored)).toEqual({ is, opened: 1 }));

	it.each([
		['nothing has changed it since', { ...note, stamp: 'now' }],
		['nothing is noted', undefined],
	])('is not read if %s', async (_, noted) => {
		const target = { openFile: () => Promise.reject(new Error('opened')) } as Partial<TargetFolder> as TargetFolder;
		expect(await hasContent(target, place, found, noted, { hashing: nodeHashing })).toBe(true);
	});
});
