import type { IDataObject } from 'n8n-workflow';

import { receivePackage } from '../../../../masv/download/receivePackage';
import { receiveStreams } from '../../../../masv/download/receiveStreams';
import {
	readDownloadOptions,
	readRules,
	readSelection,
	readSource,
	receiveFields,
	receiveOptions,
	receiveTransfer,
} from '../../fields/receive';
import { receiveBinary } from '../../files/receiveBinary';
import { receiveTarget } from '../../files/receiveTarget';
import { OutputItem } from '../../outputItem';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Receive Files',
	value: 'receive',
	action: 'Receive the files of a package',
	description: 'Download the files of a package, or of a link, to a folder on disk or to binary fields',
	authentications: ['teamKey', 'none'],
	fields: [
		...receiveFields,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: receiveOptions,
		},
		receiveTransfer,
	],
	run: async ({ masv, authentication, n8n, input, hints }) => {
		const { client, source } = readSource(masv, authentication, input);
		const request = { ...readDownloadOptions(n8n, input), ...readSelection(input), source };
		const startedAt = client.clock.now();
		if (input.saveTo === 'binary') {
			const received = await receiveStreams(client, { ...request, consume: receiveBinary(n8n) });
			const { package: found, skipped, warnings } = received;
			hints.received({ ...received, duration_ms: client.clock.now() - startedAt });
			return received.files.map(
				({ content, ...file }) =>
					new OutputItem(
						{ ...file, package: found, skipped: toJson(skipped), warnings },
						{ [input.outputField]: content },
					),
			);
		}
		const target = await receiveTarget(n8n, input.folder, 'Folder');
		try {
			const { ifExists = 'skip' } = input.options;
			const received = await receivePackage(client, { ...request, target, ifExists, rules: readRules(input) });
			hints.received(received);
			return received;
		} finally {
			target.close();
		}
	},
});

function toJson(values: object[]): IDataObject[] {
	return values.map((value) => ({ ...value }));
}
