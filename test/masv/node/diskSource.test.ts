import { rm, symlink } from 'node:fs/promises';

import { diskSource } from '../../../masv/node/diskSource';
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

describe('diskSource', () => {
	it('does not follow a link that was put in the place of the file', async () => {
		const { location, facts } = await createFile(Buffer.from('mine'));
		const { location: secret } = await createFile(Buffer.from('secret'));
		const source = diskSource(location, facts);
		await rm(location);
		await symlink(secret, location);
		expect(await failureOf(source.open())).toMatchObject({ code: 'ELOOP' });
	});
});
