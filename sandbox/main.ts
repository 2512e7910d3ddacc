import { readCommandLine } from './commandLine.ts';
import { seedExamples, startMessage } from './examples.ts';
import { startSandbox } from './start.ts';

const options = readCommandLine(process.argv.slice(2), process.env);
if (typeof options === 'string') {
	console.log(options);
	process.exit(0);
}
const sandbox = await startSandbox(options);
const portal = seedExamples(sandbox, options.s3 === undefined);
console.log(startMessage(sandbox, portal, options.s3 === undefined));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
}
