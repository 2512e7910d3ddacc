/** What undoes what a script has set up, in the order in which it was added. Each runs once. */
const steps: Array<() => Promise<unknown>> = [];

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 };

let undoing: Promise<void> | undefined;

/**
 * Has something undone by {@link undoAll}, and also if the script is interrupted, or nobody reads its output any more: then it ends
 * afterwards. A second signal ends it at once.
 * @returns a function that does it before
 */
export function undoAtEnd(step: () => Promise<unknown>): () => Promise<void> {
	listen();
	let done: Promise<unknown> | undefined;
	const once = async (): Promise<void> => void (await (done ??= step()));
	steps.push(once);
	return once;
}

/**
 * The same for something that is being made, and is waited for before it is undone.
 * @returns what was made
 */
export async function undoOnceMade<T>(making: Promise<T>, step: (made: T) => Promise<unknown>): Promise<T> {
	undoAtEnd(async () => await making.then(step, () => undefined));
	return await making;
}

/** Undoes all, the last first. What fails is printed. */
export async function undoAll(): Promise<void> {
	await (undoing ??= undoEach());
}

async function undoEach(): Promise<void> {
	for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
		await step().catch((error: unknown) => console.error(error));
	}
}

/** Resolves when somebody interrupts the script, which then goes on. */
export async function untilInterrupted(): Promise<void> {
	listen();
	await new Promise<void>((resolve) => {
		onInterrupt = resolve;
	});
}

let onInterrupt: (() => void) | undefined;
let isListening = false;

function listen(): void {
	if (isListening) return;
	isListening = true;
	for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => {
			if (onInterrupt !== undefined) return onInterrupt();
			// Otherwise, a run that `timeout` has ended looks like one without a result.
			console.error(`Ended by ${signal}`);
			endAfterUndoing(exitCodes[signal]);
		});
	}
	// Without a listener, the script would end at once.
	for (const stream of [process.stdout, process.stderr]) {
		stream.on('error', () => endAfterUndoing(exitCodes.SIGPIPE));
	}
}

function endAfterUndoing(code: number): void {
	void undoAll().then(() => process.exit(code));
}
