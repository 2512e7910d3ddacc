import type { MasvClient } from '../client';

/** Time limit for cleaning up. */
const timeoutMs = 20_000;

/** A client for cleaning up. Without its own signal, a canceled upload would cancel its cleanup too. */
export function cleanUpClient(client: MasvClient): MasvClient {
	return client.withSignal(client.clock.timeout(timeoutMs));
}
