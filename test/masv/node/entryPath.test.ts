import { join, sep } from 'node:path';

import { entryPath } from '../../../masv/node/entryPath';

it.each([sep, `${sep}a`, `${sep}a${sep}b`])('the path of an entry of %s is what join returns', (folder) => {
	for (const name of ['A001.mov', ' a. ', '...', 'ä']) expect(entryPath(folder, name)).toBe(join(folder, name));
});
