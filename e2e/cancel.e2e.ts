import { open } from 'node:fs/promises';
import { join } from 'node:path';

import type { RecordedRequest } from '../sandbox/start.ts';
import { type Lab, bytes, openLab, until } from './support/lab.ts';

const mebibyte = 1024 * 1024;

let lab: Lab;

beforeAll(async () => {
	lab = await openLab();
});

afterAll(async () => {
	await lab?.close();
});

function partPuts(): RecordedRequest[] {
	return lab.sandbox.requests.filter(({ step }) => step === 'partPut');
}

/** The state of each request; it must not change once the connection is closed. */
function progress(): unknown[] {
	return partPuts().map(({ status, bodyBytes }) => [status, bodyBytes]);
}

function sending(packageName: string, paths: string, transfer: Record<string, unknown> = {}): Record<string, unknown> {
	return { resource: 'package', operation: 'send', packageName, source: 'path', paths, transfer };
}

async function sendSmall(name: string): Promise<void> {
	const path = await lab.write(`${name}.bin`, bytes(1000));
	const { error } = await lab.run({ parameters: sending(name, path) });
	expect(error?.message).toBeUndefined();
}

describe('stopping an execution', () => {
	it('stops the upload at once and never delivers the package', async () => {
		// A sparse file, which takes no disk space; sending it takes many seconds on any machine.
		const path = join(lab.folder, 'endless.bin');
		const file = await open(path, 'w');
		await file.truncate(4096 * mebibyte);
		await file.close();
		const workflow = await lab.build({ parameters: sending('Stopped', path, { partSize: 8, parallelParts: 4 }) });
		const executionId = await lab.client.executions.run(workflow, 'Start');
		await until(() => (partPuts().filter(({ status }) => status === 200).length >= 3 ? true : undefined));
		await lab.client.executions.stop(executionId);
		const execution = await lab.client.executions.wait(executionId);
		lab.executions.push(execution);
		expect(execution.status).toBe('canceled');

		// After another complete delivery, everything that was in flight has arrived.
		await sendSmall('after 1');
		const stopped = progress();
		await sendSmall('after 2');
		expect(progress().slice(0, stopped.length)).toEqual(stopped);
		expect(partPuts()).toHaveLength(stopped.length + 1);

		const [left] = lab.sandbox.packages().filter(({ name }) => name === 'Stopped');
		expect(left?.state).toBe('new');
		expect(lab.sandbox.files(left?.id ?? '').filter(({ finalized }) => finalized)).toEqual([]);
		expect(lab.sandbox.links(left?.id ?? '')).toEqual([]);
	});

	it('does not wait for an outage to end', async () => {
		const fault = lab.sandbox.inject({ step: 'addFile', times: Infinity, kind: 'html' });
		const path = await lab.write('waiting.bin', bytes(1000));
		const workflow = await lab.build({ parameters: sending('Stopped while waiting', path) });
		const executionId = await lab.client.executions.run(workflow, 'Start');
		await until(() => (fault.hits() >= 2 ? true : undefined));
		await lab.client.executions.stop(executionId);
		expect((await lab.client.executions.wait(executionId)).status).toBe('canceled');
		fault.remove();
		const asked = lab.sandbox.requests.filter(({ step }) => step === 'addFile').length;

		await sendSmall('after 3');

		expect(lab.sandbox.requests.filter(({ step }) => step === 'addFile')).toHaveLength(asked + 1);
		const [left] = lab.sandbox.packages().filter(({ name }) => name === 'Stopped while waiting');
		expect(left?.state).toBe('new');
	});
});
