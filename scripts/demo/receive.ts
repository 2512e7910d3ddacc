import { join } from 'node:path';

import { fillIn } from '../../e2e/n8n/fillIn.ts';
import { localFiles, sha256 } from './files.ts';
import { type Demo, runExample } from './runExample.ts';
import { mebibytes, say, seconds } from './say.ts';

interface ReceivedOutput {
	package: { id: string; name: string };
	folder: string;
	bytes: number;
	duration_ms: number;
	files: Array<{ name: string; path: string; size: number; location: string }>;
}

export interface Delivery {
	link: string;
	/** Base URL of the sandbox; empty for the real MASV. */
	server: string;
	/** All bytes behind the link. */
	bytes: number;
	/** The originals. */
	paths: string[];
}

/** Receives the files of a link into a folder, compares them with the originals, and prints the result. */
export async function receive(demo: Demo, folder: string, delivery: Delivery): Promise<boolean> {
	const { link, server, bytes, paths } = delivery;
	const received = await runExample<ReceivedOutput>(demo, {
		file: 'receive-link.json',
		node: 'Receive Files',
		fill: (node) => {
			if (node.name === 'Settings') fillIn(node, { link, server, folder });
		},
		bytes,
	});
	console.log(`\npackage   ${received.package.name}   ${received.package.id}`);
	console.log(`folder    ${received.folder}`);
	const took = `${mebibytes(received.bytes)} in ${seconds(received.duration_ms)}`;
	console.log(`received  ${took}, ${received.files.length} files\n`);
	const originals = await localFiles(paths);
	let same = received.files.length === originals.size;
	for (const { path, name, size, location } of received.files) {
		const place = join(path, name);
		const origin = originals.get(place);
		const isSame = origin !== undefined && (await sha256(origin)) === (await sha256(location));
		if (!isSame) same = false;
		console.log(`${place}   ${size} bytes  ${isSame ? 'same' : 'DIFFERENT'}`);
	}
	console.log('');
	say(same ? 'done: all files were received unchanged' : 'failed: the received files differ from the originals');
	return same;
}
