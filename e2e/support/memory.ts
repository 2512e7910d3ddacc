import { readFile, writeFile } from 'node:fs/promises';

export interface MemoryRise {
	/** At the beginning, in bytes. */
	idle: number;
	/** How much more there was at most. */
	rise: number;
}

/** Measures how the memory of a process rises from now on (Linux only). @returns to be called at the end */
export async function watchMemory(pid: number): Promise<() => Promise<MemoryRise>> {
	const read = async (field: 'VmRSS' | 'VmHWM'): Promise<number> => {
		const status = await readFile(`/proc/${pid}/status`, 'utf8');
		const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
		if (kibibytes === undefined) throw new Error(`/proc/${pid}/status has no ${field}`);
		return Number(kibibytes) * 1024;
	};
	const idle = await read('VmRSS');
	// Resets the peak to the current usage (proc(5), clear_refs).
	await writeFile(`/proc/${pid}/clear_refs`, '5');
	return async () => ({ idle, rise: (await read('VmHWM')) - idle });
}
