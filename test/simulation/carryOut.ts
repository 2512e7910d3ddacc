import type { MasvClient } from '../../masv/client';
import { outageOf } from '../../masv/retry';
import { createBookkeeping } from '../../masv/transfer/bookkeeping';
import type { Bookkeeping } from '../../masv/transfer/bookkeeping';
import { addFiles } from '../../masv/upload/addFiles';
import { sendPackage } from '../../masv/upload/sendPackage';
import type { FileSource } from '../../masv/transfer/source';
import type { Delivery, Run, RunResult } from './delivery';
import { readTree } from './readTree';
import { placeOf } from './server/model';
import { foreignPortalId } from './server/packageRoutes';
import { simSource } from './simSource';

/** Lets the uploader work on a delivery, as the nodes do. */
export async function carryOut(client: MasvClient, run: Run, bookkeeping: Bookkeeping): Promise<RunResult> {
	const { delivery, worker } = run;
	const onWarning = (text: string): void => worker.note(`warns: ${text}`);
	const options = {
		...createBookkeeping(bookkeeping, client.clock, (reason) => onWarning(`bookkeeping: ${reason}`), client.signal),
		policy: outageOf(delivery.patienceMs),
		parallelParts: delivery.parallelParts,
		scope: 'workflow/node',
		ifRunning: delivery.ifRunning,
		onWarning,
	};
	const directories = delivery.emptyFolders.map((folder) => {
		const [name = '', ...path] = folder.split('/').toReversed();
		return { name, path: path.toReversed().join('/'), modifiedAt: new Date(0) };
	});
	const sources = await sourcesOf(run);
	if (delivery.packageId === undefined) {
		const sent = await sendPackage(client, {
			...options,
			target: targetOf(delivery, run),
			sources,
			directories,
			md5List: run.md5List,
			unfinished: delivery.unfinished,
			run: run.execution,
			link: delivery.wantsLink ? {} : undefined,
		});
		const places = sent.files.map((file) => placeOf(file));
		return { kind: 'sent', packageId: sent.package.id, places, reconciled: sent.reconciled };
	}
	const settled = await addFiles(client, delivery.packageId, sources, { ...options, directories, stopAtFirst: false });
	const files = settled.map((result, index) => {
		const place = placeOf(sources[index] as FileSource);
		if (result.status === 'rejected') return { place, error: result.reason as unknown };
		return { place, id: result.value.id, alreadyThere: result.value.already_there };
	});
	return { kind: 'added', files };
}

async function sourcesOf(run: Run): Promise<FileSource[]> {
	const { delivery, worker, weather } = run;
	if (delivery.tree !== undefined) return await readTree(run, delivery.tree);
	return delivery.files.map((sent) => simSource(worker, sent, weather.reads));
}

function targetOf({ target }: Delivery, { name }: Run): Parameters<typeof sendPackage>[1]['target'] {
	const request = { name: `Dailies ${name}`, description: '' };
	if (target === 'team') return { kind: 'team', request: { ...request, recipients: ['a@example.com'] } };
	const inPortal = { ...request, sender: 'b@example.com' };
	return { kind: 'portal', portalId: foreignPortalId, accessCode: undefined, request: inPortal };
}
