import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import manifest from '../../package.json';

const scripts = join(__dirname, '../../scripts');

/** Runs a script under a Node that gives this as its version. */
async function runUnder(version: string): Promise<{ code: unknown; errors: string }> {
	const claim = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
	const child = spawn(process.execPath, [
		`--import=data:text/javascript,${encodeURIComponent(claim)}`,
		`--import=${join(scripts, 'checkNode.mjs')}`,
		join(scripts, 'checkFolder.ts'),
	]);
	const [errors, exit] = await Promise.all([text(child.stderr), once(child, 'exit')]);
	return { code: exit[0] as unknown, errors };
}

describe('a script', () => {
	it.each(['20.20.2', '22.19.0'])('says under Node %s which one it needs', async (version) => {
		const { code, errors } = await runUnder(version);
		expect(code).toBe(2);
		expect(errors).toContain(`This needs Node 22.20 or later, and this is Node ${version} (`);
	});

	it.each(['22.20.0', '23.0.0', '24.9.1'])('runs under Node %s', async (version) => {
		expect((await runUnder(version)).errors).toContain('Usage: npm run check:folder');
	});
});

it('all commands that run TypeScript say which Node they need', () => {
	const commands = Object.values(manifest.scripts).filter((command) => /\bnode\b.*\.ts\b/.test(command));
	expect(commands.length).toBeGreaterThan(10);
	for (const command of commands) expect(command).toMatch(/node --import \.\/scripts\/checkNode\.mjs /);
});
