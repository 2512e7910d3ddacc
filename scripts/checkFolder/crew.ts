import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Member, Message } from './orders.ts';

export interface Crew {
	members: Member[];
	/** Returns when they have ended. */
	end(): Promise<void>;
}

/** Nothing is known of the folder. */
export class CrewEnded extends Error {}

/** Starts processes that wait for orders. */
export async function startCrew(count: number): Promise<Crew> {
	const children = Array.from({ length: count }, () => fork(join(import.meta.dirname, 'member.ts')));
	await Promise.all(children.map(nextReport));
	return {
		members: children.map((child) => ({
			tell: async (order) => {
				const report = nextReport(child);
				// If it has just ended, the exit is reported.
				child.send(order, () => undefined);
				return (await report) as never;
			},
		})),
		end: async () => {
			await Promise.all(children.map(endChild));
		},
	};
}

async function endChild(child: ChildProcess): Promise<void> {
	if (hasEnded(child)) return;
	const exit = once(child, 'exit');
	child.kill('SIGKILL');
	await exit;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
	return exitCode !== null || signalCode !== null;
}

/** @throws the error of the system with its `code`; CrewEnded */
async function nextReport(child: ChildProcess): Promise<unknown> {
	return await new Promise((resolve, reject) => {
		const onExit = (): void => reject(new CrewEnded('One of the processes that try the folder has ended.'));
		if (hasEnded(child)) return onExit();
		child.once('exit', onExit);
		child.once('message', ({ report, error }: Message) => {
			child.off('exit', onExit);
			if (error === undefined) resolve(report);
			else reject(Object.assign(new Error(error.message), { code: error.code }));
		});
	});
}
