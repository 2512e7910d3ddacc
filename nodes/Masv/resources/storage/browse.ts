import { browseStorage } from '../../../../masv/storage/browse';
import { fetchConnection } from '../../../../masv/storage/connections';
import { connectionId } from '../../fields/connectionId';
import { paging, takeWanted } from '../../fields/paging';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Browse',
	value: 'browse',
	action: 'Browse a storage',
	description: 'List the files and folders in one folder of a connected storage',
	fields: [
		connectionId,
		{
			displayName: 'Folder',
			name: 'folder',
			type: 'string',
			default: '',
			placeholder: 'e.g. dailies/2026-11-21/',
			hint: 'For a bucket: the prefix. For a gateway: the path. For other storages: the ID that this operation outputs.',
			description: 'The folder to list, without its subfolders. Leave empty for the top folder.',
		},
		...paging,
	],
	run: async ({ masv, input }) => {
		const connection = await fetchConnection(masv, input.connectionId);
		const folder = input.folder.trim();
		const entries = await takeWanted(browseStorage(masv, connection, folder === '/' ? '' : folder), input);
		return entries.map((entry) => ({ ...entry, cloud_connection_id: connection.id }));
	},
});
