import { createHash } from 'node:crypto';

import { areTooMany, entriesAt, isRemovedUnseen } from './checkPackage';
import type { Delivery } from './delivery';
import { listPlaces } from './delivery';
import type { Entry, Package } from './server/model';
import { placeOf } from './server/model';
import type { World } from './world';

/**
 * A finalized package has the list of MD5s that the run wanted which finalized it, and no other one. It names all files of the
 * package, each with the MD5 of what MASV has of it.
 */
export function checkMd5List(world: World, found: Package, delivery: Delivery): void {
	if (delivery.md5Lists === undefined) return;
	const broken = (what: string): void => world.judge.fail('whole files', `${found.id} is finalized ${what}`);
	const wanted = world.judge.runs.get(found.finalizedBy?.run ?? '')?.md5List;
	const isLeft = mayBeFinalized(world, found);
	const lists = [...listPlaces(delivery)].flatMap((place) => entriesAt(found, place));
	if (wanted !== undefined && lists.length === 0 && !isLeft && !isRemovedUnseen(world, found, wanted)) {
		broken(`without the list of MD5s "${wanted}"`);
	}
	if (areTooMany(world, lists)) broken(`with ${lists.length} lists of MD5s`);
	for (const list of lists) {
		if (placeOf(list) !== wanted && !isLeft) broken(`with the list of MD5s "${placeOf(list)}" instead of "${wanted}"`);
		const wrong = wrongLine(world, found, delivery, list);
		if (wrong !== undefined) broken(`with a list of MD5s (${list.id}) ${wrong}`);
	}
}

/**
 * Whether the run that finalized the package could not know that none before it had, because its key does not show the state of a
 * package in the portal of another team: it leaves what is in it as it is.
 */
export function mayBeFinalized({ judge, journal }: World, { id, finalizedBy }: Package): boolean {
	const run = judge.runs.get(finalizedBy?.run ?? '');
	return run?.delivery.target === 'foreign' && journal.knewOfRequest(id, run.readJournalAt ?? run.startedAt);
}

/** @returns what is wrong with the list */
function wrongLine({ judge }: World, found: Package, { files }: Delivery, { content, by }: Entry): string | undefined {
	if (content === undefined) return 'that is not finished';
	const lines = Buffer.from(content).toString('utf8').split('\n').slice(0, -1);
	const md5s = new Map(lines.map((line) => [line.slice(34).normalize('NFC'), line.slice(0, 34)]));
	if (lines.length !== files.length) return `with ${lines.length} lines for ${files.length} files`;
	for (const sent of files) {
		const place = placeOf(sent);
		const listed = md5s.get(place);
		if (listed === undefined) return `without "${place}"`;
		const here = entriesAt(found, place).filter((entry) => entry.content !== undefined);
		// Without any, or with several, another rule is broken, or somebody has removed the file.
		const [file] = here;
		if (here.length !== 1 || file?.content === undefined) continue;
		const md5 = md5Of(file.content);
		if (listed === `${md5}  `) continue;
		// Where a run could not note that it has sent a file, size and time are all that tells whether it is the one on the
		// disk. Whoever receives it sees from the list that it is another one.
		const sender = judge.runs.get(file.finalizedBy?.run ?? '');
		const isNoted =
			sender?.hadTrouble !== true || [...judge.runs.values()].some(({ notedDone }) => notedDone.has(file.id));
		const onDisk = judge.runs.get(by.run ?? '')?.planned.get(sent.file)?.content;
		if (!isNoted && onDisk !== undefined && listed === `${md5Of(onDisk)}  `) continue;
		return `in which "${place}" is ${listed.trim()} and not ${md5}`;
	}
	return undefined;
}

function md5Of(content: Uint8Array): string {
	return createHash('md5').update(content).digest('hex');
}
