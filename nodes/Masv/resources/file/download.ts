import { readAlsoReceive, readDownloadOptions, readSource, receiveFrom, receiveTo } from '../../fields/receive';
import { downloadOptions, receiveTransfer } from '../../fields/receiveOptions';
import { limitBandwidth } from '../../fields/transfer';
import { downloadGroup } from '../../files/downloadGroup';
import { readEach } from '../../input';
import type { ItemResult } from '../../operation';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Download',
	value: 'download',
	action: 'Download files of a package',
	description: 'Download some files of a package, or of a link, to a folder on disk or to binary fields',
	authentications: ['teamKey', 'none'],
	fields: [
		...receiveFrom,
		{
			displayName: 'Files',
			name: 'files',
			type: 'string',
			accepts: 'lines',
			typeOptions: { rows: 2 },
			default: '',
			required: true,
			placeholder: 'e.g. A001.mov',
			hint: 'One per line: IDs, names, paths in the package such as CARD/A001.mov, or patterns such as *.mov and CARD/',
			description:
				'The files to download. A name without / is found in every folder. * and ? match characters of a name, ** matches any folders. A file that the package does not contain is an error; a pattern may match nothing. File > Get Many outputs IDs.',
		},
		...receiveTo,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: downloadOptions,
		},
		receiveTransfer,
	],
	mayDiffer: ['files', 'folder', 'linkPassword', 'server'],
	packageFields: ['packageId', 'linkUrl'],
	runAll: async ({ masv, authentication, n8n, items, stopAtFirst, hints }) => {
		const { values, failures } = await readEach(items, stopAtFirst, (input, itemIndex) => {
			const from = readSource(limitBandwidth(masv, n8n, input.transfer), authentication, input);
			return { ...from, input, itemIndex, files: input.files };
		});
		const results: ItemResult[] = [...failures];
		// Several URLs may be of one link.
		const groups = Map.groupBy(values, ({ source, input: { files: _files, linkUrl: _url, ...rest } }) =>
			JSON.stringify([source, rest]),
		);
		for (const group of groups.values()) {
			if (stopAtFirst && results.some((result) => 'error' in result)) break;
			const [{ client, source, input }] = group as [(typeof group)[number]];
			const { saveTo, folder, outputField } = input;
			const { ifExists = 'skip', namesForWindows } = input.options;
			results.push(
				...(await downloadGroup(n8n, client, group, {
					...readDownloadOptions(n8n, input),
					...readAlsoReceive(input),
					...{ source, ifExists, namesForWindows, stopAtFirst, hints },
					to: saveTo === 'binary' ? { outputField } : { folder },
				})),
			);
		}
		return results;
	},
});
