/**
 * Says whether a folder, such as one on a network drive, does what executions rely on that share it: `docs/scale.md`.
 * Ends with 0 if it does, 1 if it does not, 2 if the folder cannot be used at all.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';

import { type Attempt, primitives } from './checkFolder/primitives.ts';
import { CrewEnded, startCrew } from './checkFolder/crew.ts';
import { undoAll, undoAtEnd } from './commandLine/undo.ts';

const processes = 4;

/** Errors of the system that say nothing about what the folder is able to do, by their code. */
const obstacles = new Map([
	['ENOSPC', 'There is no space left in the folder.'],
	['EDQUOT', 'There is no space left in the folder for this user.'],
	['EROFS', 'The folder has become read-only.'],
]);

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
	undoAtEnd(async () => await rm(place, { recursive: true, force: true }));
	const unusable = await open(folder, place);
	if (unusable !== undefined) return sayUnusable(unusable);
	process.stdout.write(`${folder}, with ${processes} processes on ${hostname()}\n\n`);
	let failure: unknown;
	try {
		const crew = await startCrew(processes);
		undoAtEnd(async () => await crew.end());
		const lost = await tryAll({ folder: place, crew: crew.members });
		process.stdout.write(`\n${summaryOf(lost)}\n`);
		return lost.length === 0 ? 0 : 1;
	} catch (error) {
		failure = error;
	} finally {
		await undoAll();
	}
	const obstacle = obstacleOf(failure);
	if (obstacle === undefined) throw failure;
	return sayUnusable(`${obstacle} Whether it can be shared is not known: run this again.`);
}

function sayUnusable(why: string): number {
	process.stderr.write(`${why}\n`);
	return 2;
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
		return `Nothing can be created in ${folder}: ${messageOf(error)}`;
	}
}

/** @returns why nothing can be tried, whatever the folder is able to do; undefined if that was not the reason */
function obstacleOf(error: unknown): string | undefined {
	if (error instanceof CrewEnded) return error.message;
	return obstacles.get((error as NodeJS.ErrnoException).code ?? '');
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** @returns what does not hold without the primitives that are missing. @throws an error with an {@link obstacleOf} */
async function tryAll(attempt: Attempt): Promise<string[]> {
	const lost: string[] = [];
	for (const { name, without, tryIt } of primitives) {
		const seen = await tryIt(attempt).catch((error: unknown) => {
			if (obstacleOf(error) !== undefined) throw error;
			return messageOf(error);
		});
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
