import { readCommandLine } from './commandLine.ts';
import { seedExamples, startMessage } from './examples.ts';
import { startSandbox } from './start.ts';

try {
	await main();
} catch (error) {
	// An invalid option or a port that is taken, for example: a stack trace would only hide the message.
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
}

async function main(): Promise<void> {
	const options = readCommandLine(process.argv.slice(2), process.env);
	if (typeof options === 'string') {
		console.log(options);
		return;
	}
	const sandbox = await startSandbox(options);
	const portal = seedExamples(sandbox, options.s3 === undefined);
	console.log(startMessage(sandbox, portal, options.s3 === undefined));

	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
	}
}
