import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { resources } from '../../nodes/Masv/resources';
import { startSandbox } from '../../sandbox/start';
import type { Answer } from '../support/answerChanger';
import { startAnswerChanger } from '../support/answerChanger';
import { useInstantPlatform } from '../support/instantPlatform';
import { runMasv, useDataFolder } from '../support/masvNode';
import { oddAnswers } from '../support/oddAnswers';
import { sampleOf } from '../support/operationSamples';

/** Every answer to every request of every operation takes ten minutes (`ODD_ANSWERS=all`); otherwise, it is a part of them. */
const part = process.env.ODD_ANSWERS === 'all' ? 1 : 6;
const maxRequests = 5_000;

useDataFolder();
useInstantPlatform();

interface OddRun {
	/** Of all items, also failed ones. */
	outputs: IDataObject[];
	/** The requests of the operation itself. */
	routes: string[];
	requests: number;
	apiKey: string;
}

/** Runs an operation's sample; of the operation itself, all responses to one kind of request are changed. */
async function runOdd(operation: string, route = '', apply = (answer: Answer): Answer => answer): Promise<OddRun> {
	const folder = await realpath(await mkdtemp(join(tmpdir(), 'masv-odd-')));
	const sandbox = await startSandbox();
	const changer = await startAnswerChanger(sandbox.url, { route, apply, maxRequests });
	const { apiKey, teamId } = sandbox;
	const outputs: IDataObject[] = [];
	const routes = new Set<string>();
	const run = async (parameters: object, items: IDataObject[] = [{}]): Promise<IDataObject[]> => {
		const { resource, operation: value } = parameters as Record<string, string>;
		const isOwn = `${resource}.${value}` === operation;
		const before = changer.seen.length;
		const output = await runMasv({
			parameters: { ...parameters },
			items: items.map((json) => ({ json })),
			credentials: { masvApi: { apiKey, teamId, baseUrl: isOwn ? changer.url : sandbox.url } },
			continueOnFail: true,
		});
		const json = output.map((item) => item.json);
		outputs.push(...json);
		for (const each of changer.seen.slice(before)) routes.add(each);
		return json;
	};
	try {
		await sampleOf(operation, { sandbox, run, fail: async () => await Promise.resolve([]) }, folder);
		return { outputs, routes: [...routes], requests: changer.seen.length, apiKey };
	} finally {
		await changer.close();
		await sandbox.close();
		await rm(folder, { recursive: true });
	}
}

/** What no answer of a server may lead to. */
function problemsOf({ outputs, requests, apiKey }: OddRun): string[] {
	return [
		...(requests >= maxRequests ? ['does not end'] : []),
		...outputs.flatMap((output) => {
			const { error, details } = output as { error?: string; details?: { code?: string } };
			const text = JSON.stringify(output);
			if (text.includes(apiKey) || text.includes('"access_token":')) return ['shows a secret'];
			if (error === undefined) return [];
			const isForeign = details?.code === undefined || /undefined|\[object|Cannot read|not a function|NaN/.test(error);
			return isForeign ? [`fails with "${error}"`] : [];
		}),
	];
}

/** They work with records on n8n's machine, and ask MASV nothing. */
const withoutRequests = ['package.getLedger', 'package.forgetSent'];

const operations = resources.flatMap(({ value, operations: all }) =>
	Object.keys(all).map((name) => `${value}.${name}`),
);

it.each(withoutRequests)('%s asks MASV nothing', async (operation) => {
	expect((await runOdd(operation)).routes).toEqual([]);
});

describe('whatever a server responds, an operation ends with a result or an error of MASV', () => {
	it.each(operations.filter((operation) => !withoutRequests.includes(operation)))(
		'%s',
		async (operation) => {
			const { routes } = await runOdd(operation);
			expect(routes).not.toEqual([]);
			const problems: string[] = [];
			for (const [number, route] of routes.entries()) {
				for (const [index, [name, apply]] of Object.entries(oddAnswers).entries()) {
					if ((number + index) % part !== 0) continue;
					const found = problemsOf(await runOdd(operation, route, apply));
					problems.push(...found.map((problem) => `${route} with ${name}: ${problem}`));
				}
			}
			expect(problems).toEqual([]);
		},
		300_000,
	);
});
