import type { MasvClient } from '../client';

/** How long a clean-up may take when the work itself was stopped. Milliseconds. */
const cleanUpMs = 20_000;

/** A client for cleaning up: the signal that stopped the work would stop that too. */
export function cleanUpClient(client: MasvClient): MasvClient {
	return client.withSignal(client.clock.timeout(cleanUpMs));
}
