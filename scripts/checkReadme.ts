/**
 * Runs every `sh` block of the README in a fresh clone of the last commit, in the order in which they are there.
 *
 * A block that starts something which runs until Ctrl+C is interrupted as soon as it says so. The clone gets the n8n in
 * `e2e/.n8n`, if there is one, because installing it takes minutes.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { npmEnvironment } from '../e2e/n8n/npm.ts';
import { runCommand } from '../e2e/n8n/runCommand.ts';

const root = dirname(import.meta.dirname);
const runsUntilInterrupted = 'Press Ctrl+C';
const blockTimeoutMs = 15 * 60_000;

async function runBlock(script: string, cwd: string): Promise<void> {
	// In a process group of its own, because Ctrl+C reaches all processes of one.
	const shell = spawn('bash', ['-e', '-c', script], { cwd, env: readersEnvironment(), detached: true });
	const end = (signal: 'SIGINT' | 'SIGKILL'): void => {
		if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, signal);
	};
	let output = '';
	let isInterrupted = false;
	const timeout = setTimeout(() => end('SIGKILL'), blockTimeoutMs);
	for (const stream of [shell.stdout, shell.stderr]) {
		stream.setEncoding('utf8').on('data', (text: string) => {
			output += text;
			if (isInterrupted || !output.includes(runsUntilInterrupted)) return;
			isInterrupted = true;
			end('SIGINT');
		});
	}
	const code = await new Promise<number | null>((resolve, reject) => {
		shell.once('error', reject).once('close', resolve);
	});
	clearTimeout(timeout);
	if (code !== 0 && !isInterrupted) throw new Error(`"${script}" ended with ${code}:\n${output.slice(-3_000)}`);
}

/** Without what npm sets for this script: a reader starts the commands in a shell. */
function readersEnvironment(): NodeJS.ProcessEnv {
	const inherited = Object.entries(npmEnvironment()).filter(([name]) => !/^npm_|^NODE$|^INIT_CWD$/.test(name));
	const path = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
	return { ...Object.fromEntries(inherited), PATH: path.join(':') };
}

const blocks = [...(await readFile(join(root, 'README.md'), 'utf8')).matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
	([, script = '']) => script.trim(),
);
if (blocks.length === 0) throw new Error('The README has no sh block');

const folder = await mkdtemp(join(tmpdir(), 'masv-readme-'));
const clone = join(folder, 'clone');
try {
	await runCommand('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone], { cwd: folder });
	// Fails if there is none, or if the temporary folder is on another disk: then the demo installs n8n.
	await runCommand('cp', ['-al', join(root, 'e2e', '.n8n'), join(clone, 'e2e')], { cwd: root }).catch(() => {});
	for (const block of blocks) {
		console.log(`$ ${block.replaceAll('\n', '\n$ ')}`);
		await runBlock(block, clone);
	}
	console.log(`${blocks.length} blocks ran`);
} finally {
	await rm(folder, { recursive: true, force: true });
}
