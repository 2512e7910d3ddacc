import { pipeline, type Readable, Transform } from 'node:stream';
import type { Damage } from '../http/faults.ts';

/** What arrives of a request's or response's body that is changed on its way, with a length that fits, as if a proxy had done it. */
export function damagedBody(body: Readable, bytes: number, damage: Damage): { body: Readable; bytes: number } {
	const middle = Math.floor(bytes / 2);
	let position = 0;
	const change = (piece: Buffer): Buffer => {
		const at = middle - position;
		position += piece.length;
		if (damage === 'cut') return piece.subarray(0, Math.max(0, at));
		const changed = Buffer.from(piece);
		if (at >= 0 && at < piece.length) changed.writeUInt8(255 - changed.readUInt8(at), at);
		return changed;
	};
	const changed = new Transform({ transform: (piece: Buffer, _encoding, done) => done(null, change(piece)) });
	// Errors are passed on to the reader of the result.
	pipeline(body, changed, () => undefined);
	return { body: changed, bytes: damage === 'cut' ? middle : bytes };
}
