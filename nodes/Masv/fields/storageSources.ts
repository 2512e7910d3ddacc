import type { IExecuteFunctions } from 'n8n-workflow';

import type { MasvClient } from '../../../masv/client';
import { MasvInputError } from '../../../masv/errors';
import { browseStorage } from '../../../masv/storage/browse';
import { fetchConnection, isGateway } from '../../../masv/storage/connections';
import type { StorageSource } from '../../../masv/storage/transfers';
import { trimEnds } from '../../../masv/trimEnds';
import type { InputOf } from '../operation';

/** Which files of a storage to send. */
export const storageSourceFields = [
	{
		displayName: 'Files',
		name: 'source',
		type: 'options',
		options: [
			{
				name: 'All Contents of a Folder',
				value: 'folder',
				description: 'Everything that the folder contains, with its subfolders',
			},
			{
				name: 'IDs or Paths',
				value: 'ids',
				description: 'Single files and folders',
			},
			{
				name: 'Input Items',
				value: 'items',
				description: 'The files and folders that Storage > Browse has output, all in one package',
			},
		],
		default: 'folder',
		description: 'Which files to send',
	},
	{
		displayName: 'Folder',
		name: 'folder',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. dailies/2026-11-21/',
		hint: 'For a bucket: the prefix. For a gateway: the path. For other storages: the ID that Storage > Browse outputs.',
		description: 'The folder to send. Enter / to send everything in the storage.',
		displayOptions: { show: { source: ['folder'] } },
	},
	{
		displayName: 'IDs or Paths',
		name: 'ids',
		type: 'string',
		accepts: 'lines',
		typeOptions: { rows: 2 },
		default: '',
		required: true,
		placeholder: 'e.g. dailies/2026-11-21/clip.mov',
		hint: 'One per line. Add a slash at the end of the path of a folder.',
		description: 'Keys of a bucket, or paths of a gateway. The name of a file is the last part of its path.',
		displayOptions: { show: { source: ['ids'] } },
	},
] as const;

type SourceInput = InputOf<typeof storageSourceFields> & { connectionId: string };

/** The files and folders that one item specifies. */
export async function readStorageSources(
	masv: MasvClient,
	n8n: IExecuteFunctions,
	input: SourceInput,
	itemIndex: number,
): Promise<StorageSource[]> {
	switch (input.source) {
		case 'folder':
			return await folderContents(masv, input.connectionId, input.folder);
		case 'ids':
			return await sourcesAt(masv, input.connectionId, input.ids);
		case 'items':
			return [sourceOf(n8n.getInputData()[itemIndex]?.json ?? {})];
	}
}

async function folderContents(masv: MasvClient, connectionId: string, folder: string): Promise<StorageSource[]> {
	const connection = await fetchConnection(masv, connectionId);
	const top = folder.trim() === '/' ? '' : folder.trim();
	const sources: StorageSource[] = [];
	for await (const entry of browseStorage(masv, connection, top)) sources.push(sourceOf(entry));
	return sources;
}

async function sourcesAt(masv: MasvClient, connectionId: string, ids: string[]): Promise<StorageSource[]> {
	const hasFolders = ids.some((id) => isFolder(id.trim()));
	// A gateway names folders without the slash that tells them from files here.
	const endsWithSlash = !hasFolders || !isGateway(await fetchConnection(masv, connectionId));
	return ids.map((line) => {
		const id = line.trim();
		const name = id.split('/').findLast((part) => part !== '') ?? id;
		if (!isFolder(id)) return { id, name, kind: 'file' };
		return { id: endsWithSlash ? id : trimEnds(id, { end: /\// }), name, kind: 'directory' };
	});
}

function isFolder(id: string): boolean {
	return id.endsWith('/');
}

function sourceOf({ id, name, kind }: Record<string, unknown>): StorageSource {
	if (typeof id === 'string' && id !== '' && typeof name === 'string' && name !== '') {
		return { id, name, kind: kind === 'directory' ? 'directory' : 'file' };
	}
	throw new MasvInputError('An entry of the storage has no ID or no name', {
		code: 'storage_entry_incomplete',
		field: 'Files',
		hint: 'Each input item must have id, name and kind, as Storage > Browse outputs them.',
	});
}
