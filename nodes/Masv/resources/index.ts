import type { Resource } from '../operation';
import * as file from './file';
import * as link from './link';
import * as packages from './package';
import * as portal from './portal';

export const resources: readonly Resource[] = [
	{ name: 'Package', value: 'package', default: 'send', operations: packages },
	{ name: 'File', value: 'file', default: 'upload', operations: file },
	{ name: 'Link', value: 'link', default: 'create', operations: link },
	{ name: 'Portal', value: 'portal', default: 'getPackages', operations: portal },
];
