import { rm, symlink } from 'node:fs/promises';

import { diskSource } from '../../../masv/node/diskSource';
import { nodeDisk } from '../../../masv/node/nodeDisk';
import { describeRangeSource } from '../../contracts/fileSource';
import { failureOf } from '../../support/failureOf';
import { useTestFiles } from '../../support/testFiles';

const createFile = useTestFiles();

describeRangeSource(
	'a file on disk',
	async (content) => {
		const { location, facts } = await createFile(content);
		return { source: diskSource(location, facts), location };
	},
	{ isFile: true },
);

describeRangeSource(
	'a file of the disk port',
	async (content) => {
		const { location, facts } = await createFile(content);
		const { bytes, modifiedAt } = await nodeDisk.look(location);
		return { source: nodeDisk.source(location, { ...facts, bytes, modifiedAt }), location };
	},
	{ isFile: true },
);

describe('diskSource', () => {
	it('has another identity when place, size or time differ', () => {
		const facts = { name: 'a', path: '', bytes: 7, modifiedAt: new Date(5) };
		const identityOf = (location: string, more = {}) => diskSource(location, { ...facts, ...more }).identity;
		expect(identityOf('/a', { name: 'b', path: 'c' })).toBe(identityOf('/a'));
		const others = [
			identityOf('/a'),
			identityOf('/b'),
			identityOf('/a', { bytes: 8 }),
			identityOf('/a', { modifiedAt: new Date(6) }),
		];
		expect(new Set(others).size).toBe(4);
	});

	it('does not follow a link that was put in the place of the file', async () => {
		const { location, facts } = await createFile(Buffer.from('mine'));
		const { location: secret } = await createFile(Buffer.from('secret'));
		const source = diskSource(location, facts);
		await rm(location);
		await symlink(secret, location);
		expect(await failureOf(source.open())).toMatchObject({ code: 'ELOOP' });
	});
});
