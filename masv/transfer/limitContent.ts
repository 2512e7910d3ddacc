import type { TransportRequest } from '../transport';
import type { Bandwidth } from './bandwidth';

/** What a request consists of, apart from its content. */
type Content = Pick<TransportRequest, 'body' | 'content' | 'signal'>;

/** The same request, whose content waits for its share of the bandwidth in either direction. Its `content-length` must be set. */
export function limitContent<R extends Content>(request: R, bandwidth: Bandwidth): R {
	const { body, content, signal } = request;
	return {
		...request,
		...(body !== undefined && typeof body !== 'string' && { body: limitPieces(body, bandwidth, signal) }),
		...(content !== undefined && {
			content: {
				takes: (head) => content.takes(head),
				take: (piece) => {
					const taken = content.take(piece);
					const turn = bandwidth.take(piece.length, signal);
					if (taken === undefined || turn === undefined) return taken ?? turn;
					return Promise.all([taken, turn]).then(() => undefined);
				},
			} satisfies TransportRequest['content'],
		}),
	};
}

/** As copies: whoever sends a small piece may still hold it when the next one is asked for, see `readRange`. */
async function* limitPieces(
	body: Uint8Array | AsyncIterable<Uint8Array>,
	bandwidth: Bandwidth,
	signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
	for await (const whole of body instanceof Uint8Array ? [body] : body) {
		for (let sent = 0; sent < whole.length;) {
			const piece = whole.slice(sent, sent + (bandwidth.pieceBytes ?? whole.length));
			await bandwidth.take(piece.length, signal);
			yield piece;
			sent += piece.length;
		}
	}
}
