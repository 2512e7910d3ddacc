import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { OutputSchema } from './outputSchema';

/** n8n looks for the schemas of a node beside its file, in a folder of its version. */
export const schemaFolder = join(__dirname, '../../nodes/Masv/__schema__/v1.0.0');

/** `npm run schemas` writes the schemas that tests otherwise compare. */
export const isWritingSchemas = process.env.WRITE_SCHEMAS === '1';

/** Operations whose fields are unknown before they run, because other people define them. n8n rejects an empty schema. */
export const withoutSchema = ['package.getForm'];

const files = ['files[].md5', 'md5_check.failed_files[].md5'];

/**
 * Fields that are null in situations that are not among the samples: the MD5 of a file that was received in several blocks, a link
 * that was not wanted, the ledger of another execution that is at work, and what MASV does not say.
 */
export const alsoNull: Record<string, readonly string[]> = {
	'activity.getAll': ['activity_type', 'activity_state', 'package_id'],
	'file.download': ['size'],
	'package.getLedger': [
		'node',
		...['content_sum', 'package_id', 'sent_at'].map((name) => `sent[].${name}`),
		...['received_at', 'folder', 'files', 'bytes'].map((name) => `received[].${name}`),
	],
	'package.receive': ['md5', ...files],
	'package.receiveNew': ['ledger', 'waiting[].name', ...files],
	'package.sendNew': ['link_url', 'link', 'ledger'],
	'portal.delete': ['id'],
};

/** @param operation `package.get` */
export function schemaPath(operation: string): string {
	return `${join(schemaFolder, ...operation.split('.'))}.json`;
}

/** The schema of an operation's output as it is published; undefined if there is none. */
export function committedSchema(operation: string): OutputSchema | undefined {
	const file = schemaPath(operation);
	return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as OutputSchema) : undefined;
}
