import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';

import { ignoreContinue } from '../../../masv/node/ignoreContinue';

it('can be asked for twice for one connection, as for a tunnel that belongs to two pools', async () => {
	const server = createServer((peer) =>
		peer.once('data', () => peer.end('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK')),
	);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
	ignoreContinue(socket);
	ignoreContinue(socket);
	await once(socket, 'connect');
	socket.write('PUT /part HTTP/1.1\r\n\r\n');
	let text = '';
	socket.on('readable', () => {
		for (let piece = socket.read() as Buffer | null; piece !== null; piece = socket.read() as Buffer | null) {
			text += piece.toString();
		}
	});
	await once(socket, 'close');
	expect(text).toBe('HTTP/1.1 200 OK');
	await new Promise((resolve) => server.close(resolve));
});
