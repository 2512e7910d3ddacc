import { nameRules } from '../../../masv/download/nameRules';
import { packageFolderNames } from '../../../masv/download/packageFolder';

describe('the folder of a package', () => {
	it.each([
		['Dailies', 'Dailies'],
		['', 'P1'],
		['  ', 'P1'],
		['.masv-package', 'P1'],
		['.masv-package.1f', 'P1'],
	])('of the name "%s" is %s', (name, folder) => {
		expect(packageFolderNames('P1', name, nameRules.linux)[0]).toBe(folder);
	});
});
