import { systemTimer } from '../../masv/node/callLimit';
import type { RequestDispatcher } from '../../masv/node/pools';
import { createTransport } from '../../masv/node/undiciTransport';
import type { Transport } from '../../masv/transport';

/** A transport that waits no longer for the answer to a part than for anything else. Usually, it may take five minutes at least. */
export function impatientTransport(dispatcher: RequestDispatcher, stallMs: number): Transport {
	return createTransport(dispatcher, (run) => systemTimer(run, stallMs));
}
