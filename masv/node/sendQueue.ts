import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** Linux lists its connections there. Of each, the local and the remote address, the state, and what is still to be acknowledged. */
const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];
const line = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/gm;

/**
 * How many bytes of a connection the system has taken and the peer has not acknowledged.
 * @returns undefined where the system does not tell
 */
export async function queuedBytes({ localPort, remotePort }: Pick<Socket, 'localPort' | 'remotePort'>) {
	if (process.platform !== 'linux') return undefined;
	for (const table of tables) {
		const text = await readFile(table, 'latin1').catch(() => '');
		for (const [, local, remote, queued] of text.matchAll(line)) {
			if (parseHex(local) === localPort && parseHex(remote) === remotePort) return parseHex(queued);
		}
	}
	return undefined;
}

function parseHex(text: string | undefined): number {
	return Number.parseInt(text ?? '', 16);
}
