/**
 * Says whether a folder, such as one on a network drive, does what executions rely on that share it: `docs/scale.md`.
 * Ends with 0 if it does, 1 if it does not, 2 if the folder cannot be used at all.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';

import { type Attempt, primitives } from './checkFolder/primitives.ts';
import { type Crew, startCrew } from './checkFolder/crew.ts';

const processes = 4;

const [given, ...more] = process.argv.slice(2);
if (given === undefined || given === '' || given === '--help' || more.length > 0) {
	process.stderr.write('Usage: npm run check:folder -- /path/to/the/shared/folder\n');
	process.exitCode = 2;
} else {
	// npm runs scripts in the folder of the package, wherever it was called.
	process.exitCode = await check(resolve(process.env.INIT_CWD ?? '', given));
}

async function check(folder: string): Promise<number> {
	const place = join(folder, `masv-check-${randomUUID()}`);
	const unusable = await open(folder, place);
	if (unusable !== undefined) {
		process.stderr.write(`${unusable}\n`);
		return 2;
	}
	process.stdout.write(`${folder}, with ${processes} processes on ${hostname()}\n\n`);
	let crew: Crew | undefined;
	try {
		crew = await startCrew(processes);
		const lost = await tryAll({ folder: place, crew: crew.members });
		process.stdout.write(`\n${summaryOf(lost)}\n`);
		return lost.length === 0 ? 0 : 1;
	} finally {
		crew?.end();
		await rm(place, { recursive: true, force: true });
	}
}

/** @returns what is wrong with the folder */
async function open(folder: string, place: string): Promise<string | undefined> {
	try {
		if (!(await stat(folder)).isDirectory()) return `${folder} is not a folder.`;
	} catch (error) {
		const { code, message } = error as NodeJS.ErrnoException;
		if (code === 'ENOTDIR') return `${folder} is not a folder.`;
		return code === 'ENOENT' ? `${folder} does not exist.` : `${folder} cannot be opened: ${message}`;
	}
	try {
		await mkdir(place);
		return undefined;
	} catch (error) {
		return `Nothing can be created in ${folder}: ${(error as Error).message}`;
	}
}

/** @returns what does not hold without the primitives that are missing */
async function tryAll(attempt: Attempt): Promise<string[]> {
	const lost: string[] = [];
	for (const { name, without, tryIt } of primitives) {
		const seen = await tryIt(attempt).catch((error: unknown) =>
			error instanceof Error ? error.message : String(error),
		);
		process.stdout.write(`${seen === undefined ? 'yes' : 'no '}  ${name}${seen === undefined ? '' : `: ${seen}`}\n`);
		if (seen !== undefined && without !== undefined) lost.push(without);
	}
	return lost;
}

function summaryOf(lost: string[]): string {
	if (lost.length > 0)
		return ['Do not share this folder. What would not hold:', ...lost.map((text) => `- ${text}`)].join('\n');
	return (
		'The processes of this machine can share this folder. Several machines depend on the server, too: run this on each of ' +
		'them, and see docs/scale.md.'
	);
}
