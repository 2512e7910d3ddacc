import type { ReceiveResult } from '../../../masv/download/receivePackage';
import { pathOf } from '../../../masv/download/planReceive';
import { MasvError } from '../../../masv/errors';
import type { ReceiveOutcome, ReceiveRun } from './receive';
import { isSame } from './receiveJudge';
import type { ReceiveWorld } from './receiveWorld';
import { secretIn } from './secretIn';

/** What must hold at the moment at which a run ends. */
export function checkReceived(world: ReceiveWorld, run: ReceiveRun, outcome: ReceiveOutcome): void {
	const { judge, leases } = world;
	if (outcome.kind === 'died') return;
	run.worker.note(`ends: ${describeOutcome(outcome)}`);
	if (outcome.kind === 'failed') checkError(world, run, outcome.error);
	if (outcome.kind === 'received') checkResult(world, run, outcome.result);
	if (outcome.kind === 'streamed') {
		for (const { id, content } of outcome.files) {
			if (!isOneOf(run, id, content)) judge.fail('honest reports', `${run.name} hands on what is no version of ${id}`);
		}
	}
	if (run.warnings.some(secretIn)) judge.fail('no secrets', `${run.name} warns: ${run.warnings.join('; ')}`);
	const held = [...leases.values()].some(({ holder, isReleased }) => holder === run.name && !isReleased);
	if (held && !run.hadTrouble) judge.fail('every run ends', `${run.name} ends but keeps its lease`);
}

function checkError({ judge }: ReceiveWorld, { name }: ReceiveRun, error: unknown): void {
	if (!(error instanceof MasvError) || typeof error.code !== 'string') {
		const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
		judge.fail('named errors', `${name} fails with ${text}`);
	} else if (secretIn(`${error.message} ${error.hint ?? ''}`)) {
		judge.fail('no secrets', `${name} fails with ${error.message} ${error.hint ?? ''}`);
	}
}

function checkResult(
	{ judge, disk, habits }: ReceiveWorld,
	run: ReceiveRun,
	{ folder, files, skipped }: ReceiveResult,
): void {
	const { name, receive } = run;
	for (const { id, location } of files) {
		const inode = disk.find(location);
		if (inode?.by === 'somebody') continue;
		if (inode === undefined) {
			if (!wasRemoved(run, location)) judge.fail('honest reports', `${name} reports ${location}, which is not there`);
		} else if (!inode.isSpoiled && !isOneOf(run, id, inode.content)) {
			judge.fail('honest reports', `${name} reports ${location}, which is no version of ${id}`);
		}
	}
	for (const { path, reason } of skipped) {
		if (reason !== 'same' && reason !== 'differs') continue;
		const isPlain = !path.includes('..');
		if (isPlain && disk.find(`${folder}/${path}`) === undefined && !wasRemoved(run, `${folder}/${path}`)) {
			judge.fail('honest reports', `${name} skips "${path}", which is not there`);
		}
	}
	const named = new Set([
		...files.map(({ path, name: file }) => pathOf({ path, name: file })),
		...skipped.map(({ path }) => path),
	]);
	for (const file of receive.package.files) {
		if (file.kind === 'directory' || (file.kind === 'zip_mac' && !habits.listsArchive)) continue;
		if (!named.has(pathOf(file))) judge.fail('honest reports', `${name} does not mention ${file.id} "${pathOf(file)}"`);
	}
}

/** Whether somebody has removed it, or moved its folder, in the meantime. */
function wasRemoved({ worker, startedAt }: ReceiveRun, location: string): boolean {
	return worker.timeline.lines.some(
		(line) =>
			(line.includes(`somebody removes ${location}`) || line.includes('somebody moves')) &&
			Number(line.slice(0, 9)) * 1000 >= startedAt - 1,
	);
}

function isOneOf({ receive }: ReceiveRun, id: string, content: Uint8Array): boolean {
	const file = receive.package.files.find((each) => each.id === id);
	return file?.versions.some((version) => isSame(version.content, content)) === true;
}

function describeOutcome(outcome: Exclude<ReceiveOutcome, { kind: 'died' }>): string {
	switch (outcome.kind) {
		case 'failed': {
			const { error } = outcome;
			const code = (error as { code?: string } | undefined)?.code ?? '';
			return `fails: ${code} ${error instanceof Error ? error.message : String(error)}`;
		}
		case 'streamed':
			return `has read ${outcome.files.map(({ id }) => id).join(', ')}`;
		case 'received': {
			const { files, skipped } = outcome.result;
			const received = files.map(({ id, location, resumed_bytes }) => `${id} at ${location}, ${resumed_bytes} resumed`);
			return [...received, ...skipped.map(({ path, reason }) => `"${path}" ${reason}`)].join('; ');
		}
	}
}
