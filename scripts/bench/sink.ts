import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request } from 'node:https';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';

import { runCommand } from '../../e2e/n8n/runCommand.ts';
import { type Content, etagOf, makeContent } from './content.ts';

export interface Counters {
	requests: number;
	/** The part of `requests` that went to the storage. */
	storageRequests: number;
	/** Of requests, and of objects that were sent. */
	bodyBytes: number;
	connections: number;
}

export interface Sink {
	/** Display name. */
	kind: string;
	port: number;
	/** Path of the certificate that clients must trust. */
	certificate: string;
	/** From now on, the storage answers SlowDown to more requests per second. 0: to none. Only the C program does. */
	permit(requestsPerSecond: number): Promise<void>;
	/** Resets the counters. */
	reset(): Promise<void>;
	counters(): Promise<Counters>;
	/** The parts of this file will have their MD5s as ETags. The sink computes none, because that would take most of its time. */
	expectFile(path: string, partBytes: number): Promise<void>;
	/** What objects consist of. */
	content: Content;
	/** The object of this size will have the right ETag. */
	serveObject(bytes: number): Promise<void>;
	stop(): Promise<void>;
}

/** The sink's addresses; the second one is reached over the slow link, see `link.ts`. */
export const sinkAddresses = { local: '127.0.0.1', farAway: '10.231.77.1' };

/**
 * Starts the sink in a separate process: the C program if it can be compiled, else the one for Node.
 * @param yields whether it has the lowest priority
 */
export async function startSink(folder: string, yields: boolean): Promise<Sink> {
	const [certificate, key] = await makeCertificate(folder);
	const content = await makeContent(folder);
	const program = await compile('sink.c', folder, ['-pthread', '-lssl', '-lcrypto']);
	const command = program === undefined ? [process.execPath, join(import.meta.dirname, 'nodeSink.ts')] : [program];
	const child = spawn(command[0] as string, [...command.slice(1), certificate, key, content.path], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	// Before it has threads, which get the priority of the one that starts them.
	if (yields && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
	const [first] = (await Promise.race([
		once(child.stdout, 'data'),
		once(child, 'exit').then(() => Promise.reject(new Error('The sink exited immediately'))),
	])) as [Buffer];
	const port = Number(first.toString());
	const ask = async (method: string, path: string): Promise<string> => await askSink(port, method, path);
	return {
		kind: `${program === undefined ? 'Node (this machine has no C compiler with OpenSSL headers)' : 'C with OpenSSL'}${yields ? ', at the lowest priority' : ''}`,
		port,
		certificate,
		permit: async (rate) => void (await ask('POST', `/_bench/permit?rate=${rate}`)),
		reset: async () => void (await ask('POST', '/_bench/reset')),
		counters: async () => JSON.parse(await ask('GET', '/_bench/counters')) as Counters,
		expectFile: async (path, partBytes) => {
			let part = 1;
			for await (const { bytes, md5 } of partsOf(path, partBytes)) {
				await ask('POST', `/_bench/etag?partNumber=${part++}&bytes=${bytes}&md5=${md5}`);
			}
		},
		content,
		serveObject: async (bytes) => {
			await ask('POST', `/_bench/etag?partNumber=0&bytes=${bytes}&md5=${etagOf(bytes, content)}`);
		},
		stop: async () => {
			child.stdin.end();
			if (child.exitCode === null) await once(child, 'exit');
		},
	};
}

async function* partsOf(path: string, partBytes: number): AsyncGenerator<{ bytes: number; md5: string }> {
	const { size } = await stat(path);
	for (let start = 0; start < size; start += partBytes) {
		const end = Math.min(start + partBytes, size);
		const md5 = createHash('md5');
		for await (const piece of createReadStream(path, { start, end: end - 1, highWaterMark: 1024 * 1024 })) {
			md5.update(piece as Buffer);
		}
		yield { bytes: end - start, md5: md5.digest('hex') };
	}
}

/** Creates a certificate for this run, which only its contenders trust. */
async function makeCertificate(folder: string): Promise<[certificate: string, key: string]> {
	const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
	const names = `subjectAltName=DNS:localhost,IP:${sinkAddresses.local},IP:${sinkAddresses.farAway}`;
	const how = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench'.split(' ');
	await runCommand('openssl', ['req', ...how, '-addext', names, '-keyout', key, '-out', certificate], { cwd: folder });
	return [certificate, key];
}

/** Compiles a C file from this folder; returns the path of the program, or undefined if it cannot be compiled. */
export async function compile(source: string, folder: string, options: string[]): Promise<string | undefined> {
	const program = join(folder, source.replace('.c', ''));
	try {
		await runCommand('cc', ['-O2', '-o', program, join(import.meta.dirname, source), ...options], { cwd: folder });
		return program;
	} catch {
		return undefined;
	}
}

/** Uses a new connection. The certificate need not be verified: this process has just created it. */
async function askSink(port: number, method: string, path: string): Promise<string> {
	return await new Promise((resolve, reject) => {
		const asked = request(
			{ host: sinkAddresses.local, port, method, path, agent: false, rejectUnauthorized: false },
			(answer) => {
				let text = '';
				answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
				answer.on('end', () => resolve(text)).on('error', reject);
			},
		);
		asked.on('error', reject).end();
	});
}
