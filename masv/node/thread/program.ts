import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';

import { createBufferPool } from '../../transfer/bufferPool';
import { TlsConnections } from '../tlsConnections';
import type { FromThread, ThreadSettings, ToThread } from './messages';
import { WritingGet } from './writingGet';

/** How often it tells what has moved, if little has. */
const tellEveryMs = 100;

const { timeouts, authorities } = workerData as ThreadSettings;
// To read them again takes 12 ms of a processor, and would replace those of OpenSSL, which are in no list (`--use-openssl-ca`).
const ownAuthorities = getCACertificates('default');
const areDefault =
	authorities.length === ownAuthorities.length && authorities.every((pem, at) => pem === ownAuthorities[at]);
if (!areDefault) setDefaultCACertificates(authorities);

const port = parentPort as NonNullable<typeof parentPort>;
const post = (message: FromThread): void => port.postMessage(message);

/** Where there is a policy, hosts are resolved by the thread that started this one. By host. */
const addresses = new Map<string, LookupAddress[]>();
const lookup: LookupFunction = (host, { all }, callback) => {
	const known = addresses.get(host) ?? [];
	const [first] = known;
	if (first === undefined) callback(Object.assign(new Error('not resolved'), { code: 'ENOTFOUND' }), '', 4);
	else if (all === true) callback(null, known);
	else callback(null, first.address, first.family);
};
const connections = new TlsConnections({ timeouts });
const resolvedConnections = new TlsConnections({ timeouts, lookup });

let bufferBytes = 0;
const pool = createBufferPool(() => bufferBytes);

const gets = new Map<number, WritingGet>();
let timer: NodeJS.Timeout | undefined;

function tellAll(): void {
	for (const get of gets.values()) get.tell();
	timer = gets.size === 0 ? undefined : setTimeout(tellAll, tellEveryMs);
}

port.on('message', (message: ToThread) => {
	if (message.kind === 'ping') return post({ kind: 'pong' });
	if (message.kind === 'get') {
		const { id, request } = message;
		if (message.addresses !== undefined) addresses.set(new URL(request.url).hostname, message.addresses);
		const get = new WritingGet(id, request, pool, post);
		gets.set(id, get);
		timer ??= setTimeout(tellAll, tellEveryMs);
		void get.run(message.addresses === undefined ? connections : resolvedConnections).finally(() => gets.delete(id));
		return;
	}
	const get = gets.get(message.id);
	if (message.kind === 'write') {
		bufferBytes = message.order.bufferBytes;
		get?.write(message.order);
	} else if (message.kind === 'permit') get?.permit(message.permittedAt);
	else if (message.kind === 'stopSums') get?.stopSums();
	else get?.cancel();
});
