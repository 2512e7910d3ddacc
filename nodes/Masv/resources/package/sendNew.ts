import { sendNew } from '../../../../masv/sync/sendNew';
import { folderInPackage, md5List } from '../../fields/files';
import { ifJobRunning, leaveOutOfNew, newFileFields, newFileOptions } from '../../fields/newFiles';
import { createLink, packageOptions, readTarget, targetFields, unfinished } from '../../fields/target';
import { limitBandwidth, readUploadOptions, transferField } from '../../fields/transfer';
import { readAfterSending } from '../../files/afterSending';
import type { LeftOut } from '../../files/leaveOut';
import { isThere, isUnmounted, listNewFiles, plannedSource } from '../../files/newFiles';
import { readTogether } from '../../input';
import { ledgerMemory, ledgerOwner, openLedgers } from '../../ledgerMemory';
import { nodeRun } from '../../nodeScope';
import { defineOperation } from '../../operation';
import { linkFor } from '../../shownDelivery';
import { showSentNew, toItems } from '../../shownNewFiles';
import { optionalText } from '../../values/text';
import { toPackagePath } from '../../../../masv/transfer/places';

export default defineOperation({
	name: 'Send New Files',
	value: 'sendNew',
	action: 'Send files that are new or have changed',
	description: 'Send the files in folders on disk that are new or have changed since this node sent them',
	authentications: ['teamKey', 'portal'],
	fields: [
		...targetFields,
		...newFileFields,
		createLink,
		{
			displayName: 'Options',
			name: 'options',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [...packageOptions, folderInPackage, leaveOutOfNew, md5List, unfinished],
		},
		newFileOptions,
		transferField(ifJobRunning),
	],
	// As for Send Files. All paths are one job.
	mayDiffer: ['packageName', 'message', 'paths'],
	runAll: async ({ masv, authentication, n8n, items, hints, stopAtFirst }) => {
		const [first] = items;
		if (first === undefined) return [];
		const input = first.read();
		const client = limitBandwidth(masv, n8n, input.transfer);
		const target = await readTarget({ masv, authentication, n8n }, input);
		const itemIndexes = items.map(({ itemIndex }) => itemIndex);
		const { values, failed } = await readTogether(items, ({ paths: each }) => each);
		if (failed.length > 0) return failed;
		const paths = values.flat();
		const { options, newFiles, transfer } = input;
		const { ifRunning = ifJobRunning.default, ...transferOptions } = transfer;
		const folder = options.folder ?? '';
		const top = toPackagePath(folder, 'Folder in Package');
		const memory = ledgerMemory(n8n);
		let leftOut: LeftOut[] = [];
		const done = await sendNew(client, {
			...readUploadOptions(n8n, transferOptions),
			ifRunning,
			target,
			md5List: optionalText(options.md5List),
			link: linkFor(target, input.createLink),
			unfinished: options.unfinished ?? 'keep',
			owner: ledgerOwner(n8n),
			run: nodeRun(n8n),
			ledgers: openLedgers(n8n),
			knownLines: memory.linesOf,
			list: async () => {
				const found = await listNewFiles(n8n, paths, folder, options.leaveOut ?? leaveOutOfNew.default);
				leftOut = found.leftOut;
				return found.files;
			},
			toSource: plannedSource,
			isThere,
			isUnmounted,
			waitMs: input.waitSeconds * 1000,
			per: input.packagePer,
			top,
			sendMoved: newFiles.sendMoved ?? false,
			touchedFiles: newFiles.touchedFiles ?? 'compare',
			firstRun: newFiles.firstRun ?? 'send',
			after: await readAfterSending(n8n, input, paths, top),
		});
		if (done.ledger !== undefined) memory.remember(done.ledger);
		showSentNew(n8n, hints, done);
		const isShown = (newFiles.whenNothingIsNew ?? 'nothing') === 'item';
		return toItems(done, leftOut, { isShown, stopAtFirst }).map((item) => ({ itemIndexes, ...item }));
	},
});
