import { createHash } from 'node:crypto';

import { md5Of, readWhole } from '../../../masv/download/readTarget';
import type { TargetFolder, TargetPlace } from '../../../masv/download/target';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { patternBytes } from '../../support/testSources';

const place: TargetPlace = { folders: [], name: 'a.mov', partial: 'a.mov.part' };
const content = patternBytes(700_000, 3);
const md5 = createHash('md5').update(content).digest('hex');

/** A folder with a file of this length when it was looked at, and this content when it is read. */
function folderWith(bytes: number, there: Uint8Array) {
	let open = 0;
	const folder = {
		look: () => Promise.resolve({ kind: 'file', bytes }),
		openFile: () => {
			open++;
			return Promise.resolve({
				read: (into: Uint8Array, position: number) => {
					const piece = there.subarray(position, position + Math.min(into.length, 100_000));
					into.set(piece);
					return Promise.resolve(piece.length);
				},
				close: () => void open--,
			});
		},
	} as unknown as TargetFolder;
	return { folder, open: () => open };
}

describe('a file that was received', () => {
	it('has the MD5 of its content', async () => {
		const { folder, open } = folderWith(content.length, content);
		expect(await md5Of(folder, place, nodeHashing, undefined)).toBe(md5);
		expect(open()).toBe(0);
	});

	it('has no MD5 if it has become shorter', async () => {
		const { folder, open } = folderWith(content.length, content.subarray(0, 600_000));
		expect(await md5Of(folder, place, nodeHashing, undefined)).toBe('gone');
		expect(open()).toBe(0);
	});

	it('is read whole if it is not larger than it may be', async () => {
		const { folder } = folderWith(content.length, content);
		const whole = await readWhole(folder, place, content.length, undefined);
		expect(
			createHash('md5')
				.update(whole as Uint8Array)
				.digest('hex'),
		).toBe(md5);
		expect(await readWhole(folder, place, content.length - 1, undefined)).toBeUndefined();
	});

	it('is read as far as it goes', async () => {
		const { folder } = folderWith(content.length, content.subarray(0, 600_000));
		expect((await readWhole(folder, place, content.length, undefined))?.length).toBe(600_000);
	});
});
