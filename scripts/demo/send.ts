import { join } from 'node:path';

import type { Sandbox } from '../../sandbox/start.ts';
import { localFiles, sha256, totalBytes } from './files.ts';
import { type Demo, runExample } from './runExample.ts';
import { mebibytes, say, seconds } from './say.ts';

export interface SentOutput {
	package: { id: string; name: string; state: string };
	link_url: string | null;
	files: Array<{ id: string; name: string; path: string; size: number; parts: number }>;
	bytes: number;
	duration_ms: number;
}

/**
 * Sends the files, compares what is stored with the originals, and prints the result.
 * @param sandbox undefined if the files go to the real MASV
 */
export async function send(
	demo: Demo,
	sandbox: Sandbox | undefined,
	paths: string[],
): Promise<{ sent: SentOutput; same: boolean }> {
	const sent = await runExample<SentOutput>(demo, {
		file: 'send-files.json',
		node: 'Send Files',
		fill: ({ name, parameters }) => {
			if (name === 'Send Files') parameters.paths = paths.join('\n');
		},
		bytes: await totalBytes(paths),
		...(sandbox !== undefined && { moved: () => storedBytes(sandbox) }),
	});
	console.log(`\npackage  ${sent.package.name}   ${sent.package.id}   ${sent.package.state}`);
	console.log(`link     ${sent.link_url ?? '(none)'}`);
	if (sandbox !== undefined)
		console.log('         (of the sandbox, which imitates the links of MASV: it leads nowhere in a browser)');
	console.log(`sent     ${mebibytes(sent.bytes)} in ${seconds(sent.duration_ms)}, ${sent.files.length} files\n`);
	const local = await localFiles(paths);
	let same = sent.files.length === local.size;
	for (const file of sent.files) {
		const place = join(file.path, file.name);
		const origin = local.get(place);
		const before = origin === undefined ? 'no local file' : await sha256(origin);
		const after = await sandbox?.sha256(sent.package.id, file.id);
		const verdict = after === undefined ? '' : before === after ? '  same' : '  DIFFERENT';
		if (after !== undefined && before !== after) same = false;
		console.log(`${place}   ${file.size} bytes, ${file.parts} ${file.parts === 1 ? 'part' : 'parts'}${verdict}`);
		console.log(`  sent    sha256 ${before}`);
		console.log(`  stored  sha256 ${after ?? '(not reported by MASV)'}`);
	}
	console.log('');
	say(same ? 'done: all files arrived unchanged' : 'failed: the stored files differ from the originals');
	return { sent, same };
}

function storedBytes({ requests }: Sandbox): number {
	return requests.filter(({ step }) => step === 'partPut').reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
}
