/**
 * Ends the process with a message if its Node is too old, which would otherwise fail with an error that names no version. Plain
 * JavaScript, so that old versions can read it.
 */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const oldest = engines.node.replace('>=', '');

const isOlder = (version, than) => {
	const [major = 0, minor = 0] = version.split('.').map(Number);
	const [neededMajor = 0, neededMinor = 0] = than.split('.').map(Number);
	return major < neededMajor || (major === neededMajor && minor < neededMinor);
};

if (isOlder(process.versions.node, oldest)) {
	console.error(
		`This needs Node ${oldest} or later, and this is Node ${process.versions.node} (${process.execPath}). After "npm ci", ` +
			'"npm run" uses the right one.',
	);
	process.exit(2);
}
