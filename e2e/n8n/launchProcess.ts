import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** n8n gives running executions 30 s to finish. */
const stopTimeoutMs = 45_000;
const logTailLines = 30;

/** One process, from launch to exit. */
export interface LaunchedProcess {
	pid: number;
	/** How the process ended; undefined while it is running. */
	ending(): string | undefined;
	/** The last lines of this run's output. */
	logTail(): Promise<string>;
	/** Ends the process and its whole group, and returns when they have exited. */
	end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/**
 * Starts a program in its own process group, with its output in a file. It does not outlive this process, however this process ends.
 * @param name for errors
 * @param logFile is appended to
 * @throws Error if it cannot be started
 */
export async function launchProcess({
	name,
	command: [program = '', ...args],
	cwd,
	env,
	logFile,
	user,
}: {
	name: string;
	command: string[];
	cwd: string;
	env: NodeJS.ProcessEnv;
	logFile: string;
	/** Default: that of this process. */
	user?: { uid: number; gid: number };
}): Promise<LaunchedProcess> {
	const logStart = await stat(logFile).then(
		(file) => file.size,
		() => 0,
	);
	// It writes to the file itself. With a pipe it would block whenever this process is busy.
	const logHandle = openSync(logFile, 'a');
	const child = spawn(program, args, {
		cwd,
		env,
		detached: true,
		stdio: ['ignore', logHandle, logHandle],
		...user,
	});
	closeSync(logHandle);
	let ending: string | undefined;
	const ended = new Promise<void>((settle) => {
		child.once('error', (error) => {
			ending ??= error.message;
			settle();
		});
		child.once('exit', (code, signal) => {
			ending ??= signal === null ? `exit code ${code}` : `killed by ${signal}`;
			settle();
		});
	});
	const { pid } = child;
	if (pid === undefined) {
		await ended;
		throw new Error(`${name} could not be started: ${ending}`);
	}
	const watchdog = watch(pid);

	return {
		pid,
		ending: () => ending,
		logTail: async () => {
			const text = (await readFile(logFile)).subarray(logStart).toString('utf8');
			return text.trimEnd().split('\n').slice(-logTailLines).join('\n');
		},
		end: async (signal) => {
			if (ending === undefined) {
				if (signal === 'SIGKILL') signalGroup(pid, signal);
				// Only the process gets the signal: n8n stops its task runner itself, after the executions that need it.
				else child.kill(signal);
				const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), stopTimeoutMs);
				await ended;
				clearTimeout(timer);
			}
			watchdog?.kill('SIGKILL');
			await endGroup(pid);
		},
	};
}

/**
 * Starts a shell that waits on a pipe from this process. When this process ends, however it ends, the pipe closes and
 * the shell ends the other one: in its own process group, it gets no Ctrl-C and would keep running.
 */
function watch(pid: number): ChildProcess | undefined {
	if (process.platform === 'win32') return undefined;
	const script = `read -r nothing; kill -TERM -${pid} 2>/dev/null && sleep 5 && kill -KILL -${pid} 2>/dev/null`;
	const watchdog = spawn('/bin/sh', ['-c', script], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
	watchdog.on('error', () => {});
	watchdog.unref();
	(watchdog.stdin as { unref?: () => void } | null)?.unref?.();
	return watchdog;
}

/** Signals every process of the group; returns false if there is none left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
	try {
		process.kill(process.platform === 'win32' ? pid : -pid, signal);
		return true;
	} catch {
		return false;
	}
}

/** Ends what remains of the group after its leader exited: an orphaned task runner of n8n. */
async function endGroup(pid: number): Promise<void> {
	for (let left = 50; left > 0 && signalGroup(pid, 'SIGKILL'); left--) await sleep(50);
}
