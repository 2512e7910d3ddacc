import type { IDataObject } from 'n8n-workflow';

import { receivePackage } from '../../../../masv/download/receivePackage';
import { receiveStreams } from '../../../../masv/download/receiveStreams';
import { readDownloadOptions, readSelection, readSource, receiveFrom, receiveTo } from '../../fields/receive';
import { receiveOptions, receiveTransfer } from '../../fields/receiveOptions';
import { limitBandwidth } from '../../fields/transfer';
import { receiveBinary } from '../../files/receiveBinary';
import { withReceiveTarget } from '../../files/receiveTarget';
import { OutputItem } from '../../outputItem';
import { defineOperation } from '../../operation';

export default defineOperation({
	name: 'Receive Files',
	value: 'receive',
	action: 'Receive the files of a package',
	description: 'Download the files of a package, or of a link, to a folder on disk or to binary fields',
	authentications: ['teamKey', 'none'],
	fields: [
		...receiveFrom,
		...receiveTo,
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
		const { client, source } = readSource(limitBandwidth(masv, n8n, input.transfer), authentication, input);
		const { ifExists = 'skip', checkMd5List: checkMd5, namesForWindows } = input.options;
		const request = { ...readDownloadOptions(n8n, input), ...readSelection(input), source, checkMd5 };
		if (input.saveTo === 'binary') {
			const received = await receiveStreams(client, { ...request, ...receiveBinary(n8n, { stopAtFirst: true }) });
			const { package: found, skipped, warnings, md5_check: check } = received;
			hints.received({ ...received, duration_ms: received.durationMs });
			const about = { package: found, skipped: firstOf(skipped), warnings, ...(check && { md5_check: { ...check } }) };
			return received.files.map(
				({ content, ...file }) => new OutputItem({ ...file, ...about }, { [input.outputField]: content }),
			);
		}
		return await withReceiveTarget(n8n, input.folder, async (target) => {
			const received = await receivePackage(client, { ...request, target, ifExists, namesForWindows });
			hints.received(received);
			return received;
		});
	},
});

/** They come with each file: all of a large package would be more than n8n can store. */
const maxSkipped = 100;

/** Those that the user has not excluded come first. */
function firstOf(skipped: ReadonlyArray<{ path: string; reason: string }>): IDataObject[] {
	const { left = [], excluded = [] } = Object.groupBy(skipped, ({ reason }) =>
		reason === 'excluded' ? reason : 'left',
	);
	return [...left, ...excluded].slice(0, maxSkipped).map((each) => ({ ...each }));
}
