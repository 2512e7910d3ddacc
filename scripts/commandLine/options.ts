import { parseArgs } from 'node:util';

/** How a script was called wrongly. The message names the option. */
export class UsageError extends Error {}

/** An option that a value follows. */
interface Option<T> {
	/** As it would be given. Without it, the value is undefined if it is not given. */
	default?: string;
	/** @throws UsageError if there is no such value */
	read: Reader<T>;
}

/** @param name of the option, for errors */
type Reader<T> = (text: string, name: string) => T;

interface CommandLine<Options extends Record<string, Option<unknown>>, Flag extends string> {
	options?: Options;
	/** Options without a value. `help` is one of all scripts. */
	flags?: readonly Flag[];
	/** For the words that belong to no option. Default: there are none. */
	readWord?: Reader<string>;
}

type Given<Options extends Record<string, Option<unknown>>, Flag extends string> = {
	[Name in keyof Options]:
		ReturnType<Options[Name]['read']> | (Options[Name] extends { default: string } ? never : undefined);
} & Record<Flag, boolean> & { words: string[] };

/**
 * What a script was called with. If that is wrong, prints what is wrong and ends with 2; with `--help`, prints the usage and ends.
 */
export function readOptions<
	Options extends Record<string, Option<unknown>> = Record<never, never>,
	Flag extends string = never,
>(usage: string, commandLine: CommandLine<Options, Flag>): Given<Options, Flag> {
	const args = process.argv.slice(2);
	if (args.includes('--help')) {
		console.log(usage);
		process.exit(0);
	}
	try {
		return parseOptions(args, commandLine);
	} catch (error) {
		if (!(error instanceof UsageError)) throw error;
		console.error(`${error.message}\n\n${usage}`);
		process.exit(2);
	}
}

/** @throws UsageError for an unknown option, a missing value, and a value that the option cannot have */
export function parseOptions<
	Options extends Record<string, Option<unknown>> = Record<never, never>,
	Flag extends string = never,
>(args: string[], { options, flags = [], readWord = unexpected }: CommandLine<Options, Flag>): Given<Options, Flag> {
	const entries = Object.entries<Option<unknown>>(options ?? {});
	const { values, positionals } = parse(args, [
		...entries.map(([name]) => [name, { type: 'string' }] as const),
		...flags.map((name) => [name, { type: 'boolean' }] as const),
	]);
	return Object.fromEntries([
		...entries.map(([name, { default: usual, read }]) => {
			const given = values[name] ?? usual;
			return [name, given === undefined ? undefined : read(String(given), `--${name}`)] as const;
		}),
		...flags.map((name) => [name, values[name] === true] as const),
		['words', positionals.map((word) => readWord(word, 'The argument'))],
	]) as Given<Options, Flag>;
}

function unexpected(word: string): never {
	throw new UsageError(`Unexpected argument '${word}'`);
}

type Types = ReadonlyArray<readonly [string, { type: 'string' | 'boolean' }]>;

function parse(args: string[], types: Types): ReturnType<typeof parseArgs> {
	try {
		return parseArgs({ args, options: Object.fromEntries(types), allowPositionals: true });
	} catch (error) {
		// Its messages name the option, and may go on with advice about words that begin with a dash.
		throw new UsageError((error as Error).message.split(/\.\s/)[0]);
	}
}

/** Anything. */
export const text: Reader<string> = (given) => given;

/** A number of things. */
export function wholeNumber(least: number): Reader<number> {
	return (text, name) => {
		if (!/^\d+$/.test(text) || Number(text) < least)
			throw new UsageError(`${name} must be a whole number of at least ${least}, not "${text}"`);
		return Number(text);
	};
}

/** An amount of something, also of half of it. */
export function amount(least: number): Reader<number> {
	return (text, name) => {
		const isNumber = /^\d+(?:\.\d+)?$/.test(text);
		if (!isNumber || Number(text) < least)
			throw new UsageError(`${name} must be a number of at least ${least}, not "${text}"`);
		return Number(text);
	};
}

/** Text is one of these. */
export function oneOf<T extends string>(...known: T[]): Reader<T> {
	return (text, name) => {
		const found = known.find((each) => each === text);
		if (found === undefined) throw new UsageError(`${name} must be ${known.join(' or ')}, not "${text}"`);
		return found;
	};
}

/** Comma-separated; empty for none. */
export function listOf<T>(read: Reader<T>): Reader<T[]> {
	return (text, name) => (text === '' ? [] : text.split(',').map((each) => read(each, name)));
}
