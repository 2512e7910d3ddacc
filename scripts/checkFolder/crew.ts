import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

import type { Member } from './orders.ts';

export interface Crew {
	members: Member[];
	end(): void;
}

/** Starts processes that wait for orders. */
export async function startCrew(count: number): Promise<Crew> {
	const children = Array.from({ length: count }, () => fork(join(import.meta.dirname, 'member.ts')));
	await Promise.all(children.map(nextReport));
	return {
		members: children.map((child) => ({
			tell: async (order) => {
				const report = nextReport(child);
				child.send(order);
				return (await report) as never;
			},
		})),
		end: () => {
			for (const child of children) child.kill();
		},
	};
}

/** @throws Error if the process fails or ends */
async function nextReport(child: ChildProcess): Promise<unknown> {
	return await new Promise((resolve, reject) => {
		const onExit = (): void => reject(new Error('A process that tries the folder has ended'));
		child.once('exit', onExit);
		child.once('message', (message: { report?: unknown; error?: string }) => {
			child.off('exit', onExit);
			if (message.error === undefined) resolve(message.report);
			else reject(new Error(message.error));
		});
	});
}
