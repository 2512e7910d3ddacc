import type { TransportTimeouts } from '../../masv/node/dispatcher';

/** For tests in which nothing hangs: even on a busy machine, every answer is there in time. */
export const patientTimeouts: TransportTimeouts = { connectMs: 60_000, stallMs: 60_000 };
