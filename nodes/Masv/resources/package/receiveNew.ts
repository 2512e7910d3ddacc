import { receivePackage } from '../../../../masv/download/receivePackage';
import { receiveNew } from '../../../../masv/sync/receiveNew';
import { ifJobRunning } from '../../fields/newFiles';
import { newPackageFields, readFrom, readOrigin } from '../../fields/newPackages';
import { readDownloadOptions, readSelection, receiveFolder } from '../../fields/receive';
import { newPackageOptions } from '../../fields/receiveOptions';
import { limitBandwidth, transferField } from '../../fields/transfer';
import { withReceiveTarget } from '../../files/receiveTarget';
import { readTogether } from '../../input';
import { ledgerMemory, ledgerOwner, openLedgers } from '../../ledgerMemory';
import { nodeRun } from '../../nodeScope';
import { defineOperation } from '../../operation';
import { showReceivedNew, toItems } from '../../shownNewPackages';

export default defineOperation({
	name: 'Receive New Files',
	value: 'receiveNew',
	action: 'Receive the files of new packages',
	description: 'Download the packages that this node has not received yet to a folder on disk',
	fields: [
		...newPackageFields,
		receiveFolder,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: newPackageOptions,
		},
		transferField(ifJobRunning),
	],
	// All items are one job.
	mayDiffer: ['from'],
	runAll: async ({ masv, n8n, items, hints, stopAtFirst }) => {
		const { values, failed } = await readTogether(items, (each) => each);
		const [input] = values;
		if (input === undefined || failed.length > 0) return failed;
		const itemIndexes = items.map(({ itemIndex }) => itemIndex);
		const { options, transfer } = input;
		const { ifRunning = ifJobRunning.default, ...transferOptions } = transfer;
		const download = readDownloadOptions(n8n, { transfer: { ...transferOptions, ifRunning: 'wait' } });
		const { namesForWindows, checkMd5List: checkMd5 } = options;
		const shared = { ...download, ...readSelection(input), namesForWindows, checkMd5 };
		const client = limitBandwidth(masv, n8n, transfer);
		const memory = ledgerMemory(n8n);
		const done = await withReceiveTarget(n8n, input.folder, async (target) => {
			return await receiveNew(client, {
				owner: ledgerOwner(n8n),
				run: nodeRun(n8n),
				ledgers: openLedgers(n8n),
				journal: download.journal,
				leases: download.leases,
				knownLines: memory.linesOf,
				ifRunning,
				origin: readOrigin(input),
				from: readFrom(values),
				policy: download.policy,
				onWarning: download.onWarning,
				receive: async (source, isAgain) => {
					const ifExists = isAgain ? 'skip' : (options.ifExists ?? 'skip');
					return await receivePackage(client, { ...shared, source, target, ifExists });
				},
			});
		});
		if (done.ledger !== undefined) memory.remember(done.ledger);
		showReceivedNew(n8n, hints, done);
		const isShown = (options.whenNothingIsNew ?? 'nothing') === 'item';
		return toItems(done, { isShown, stopAtFirst }).map((item) => ({ itemIndexes, ...item }));
	},
});
