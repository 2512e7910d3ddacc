import { spawn } from 'node:child_process';

export interface CommandOptions {
	cwd: string;
	/** Default: the environment of this process. */
	env?: NodeJS.ProcessEnv;
	/** Milliseconds after which the command is killed. Default: never. */
	timeoutMs?: number;
}

/** Number of characters of a failed command's output to include in its error. */
const errorTailChars = 3_000;

/** A command that could not be started, was killed, or exited with a code other than 0. */
export class CommandError extends Error {
	override name = 'CommandError';
	/** Private, so that Node does not print all of it for an uncaught error. */
	readonly #output: string;

	constructor(command: string, reason: string, output: string) {
		super(`${command}: ${reason}${output ? `\n${output.slice(-errorTailChars)}` : ''}`);
		this.#output = output;
	}

	/** Everything the command printed. */
	get output(): string {
		return this.#output;
	}
}

/**
 * Runs a command without a shell until it ends, and returns its standard output.
 *
 * The command stays in the process group of this process, so that Ctrl-C reaches it too.
 *
 * @throws CommandError with the last part of the command's output
 */
export async function runCommand(file: string, args: string[], options: CommandOptions): Promise<string> {
	const shown = [file, ...args].join(' ');
	return await new Promise<string>((resolve, reject) => {
		const child = spawn(file, args, {
			cwd: options.cwd,
			env: options.env ?? process.env,
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		let stdout = '';
		let output = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			stdout += text;
			output += text;
		});
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			output += text;
		});
		const timer =
			options.timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
		child.on('error', (error) => {
			clearTimeout(timer);
			reject(new CommandError(shown, error.message, output));
		});
		child.on('close', (code, signal) => {
			clearTimeout(timer);
			if (code === 0) resolve(stdout);
			else reject(new CommandError(shown, signal === null ? `exit code ${code}` : `killed by ${signal}`, output));
		});
	});
}
