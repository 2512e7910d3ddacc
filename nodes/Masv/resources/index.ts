import type { Resource } from '../operation';
import * as activity from './activity';
import * as file from './file';
import * as link from './link';
import * as member from './member';
import * as packages from './package';
import * as portal from './portal';
import * as storage from './storage';
import * as tag from './tag';
import * as teamspace from './teamspace';
import * as webhook from './webhook';

export const resources: readonly Resource[] = [
	{ name: 'Package', value: 'package', default: 'send', operations: packages },
	{ name: 'File', value: 'file', default: 'upload', operations: file },
	{ name: 'Link', value: 'link', default: 'create', operations: link },
	{ name: 'Portal', value: 'portal', default: 'getPackages', operations: portal },
	{ name: 'Storage', value: 'storage', default: 'getAll', operations: storage },
	{ name: 'Activity', value: 'activity', default: 'getAll', operations: activity },
	{ name: 'Member', value: 'member', default: 'getAll', operations: member },
	{ name: 'Tag', value: 'tag', default: 'getAll', operations: tag },
	{ name: 'Teamspace', value: 'teamspace', default: 'getAll', operations: teamspace },
	{ name: 'Webhook', value: 'webhook', default: 'getAll', operations: webhook },
];
