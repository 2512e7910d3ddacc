import type { LookupAddress } from 'node:dns';

import type { MasvErrorCode } from '../../errorCodes';
import type { ResponseHeaders } from '../../transport';
import type { TransportTimeouts } from '../dispatcher';

/** What the thread is started with. */
export interface ThreadSettings {
	timeouts: TransportTimeouts;
	/** Certificate authorities to trust, in PEM: those of the thread that starts it. */
	authorities: string[];
}

/** To the thread. `id` is of one request. */
export type ToThread =
	| { kind: 'get'; id: number; request: PlainRequest; addresses: LookupAddress[] | undefined }
	/** The response may be written. */
	| { kind: 'write'; id: number; order: WriteOrder }
	/** The file may still be written, see {@link WriteOrder.permittedAt}. */
	| { kind: 'permit'; id: number; permittedAt: number }
	/** There is no time for checksums. */
	| { kind: 'stopSums'; id: number }
	/** Nothing more is written. The end is answered in any case. */
	| { kind: 'cancel'; id: number }
	| { kind: 'ping' };

/** Of a `TransportRequest` what can be posted. */
export interface PlainRequest {
	operation: string;
	url: string;
	headers: Record<string, string>;
	maxResponseBytes: number;
}

export interface WriteOrder {
	/** A descriptor that stays open until the end is answered. */
	file: number;
	/** Where the content begins in the file. */
	position: number;
	/** No byte may have this position or a later one. Undefined if the end is not known. */
	end: number | undefined;
	/** Of what is written at once. */
	bufferBytes: number;
	/** The MD5s of blocks of so many bytes are wanted; null: of the whole content. Undefined: none are. */
	blockBytes: number | null | undefined;
	/** From when on the file may be written: milliseconds since 1970. Soon after, the thread asks again. */
	permittedAt: number;
}

/** From the thread. */
export type FromThread =
	| { kind: 'head'; id: number; status: number; headers: ResponseHeaders }
	| ({ kind: 'moved'; id: number } & Moved)
	| { kind: 'askPermission'; id: number }
	| ({ kind: 'end'; id: number; status: number; headers: ResponseHeaders; text: string } & Moved)
	| ({ kind: 'failed'; id: number; failure: ThreadFailure; status: number | undefined } & Moved)
	| { kind: 'pong' };

/** Since the message before. */
export interface Moved {
	/** Bytes that arrived. */
	arrived: number;
	/** Bytes that were written, directly behind those before. */
	written: number;
	/** The blocks whose MD5 is known, by the position at which they begin. */
	sums: Array<[position: number, md5: string]>;
}

export type ThreadFailure =
	/** See `NotPlain`. */
	| { kind: 'notPlain' }
	| { kind: 'invalidResponse' }
	/** A MasvConnectionError. */
	| { kind: 'response'; message: string; code: MasvErrorCode; transient: boolean }
	/** The file could not be written. */
	| { kind: 'write'; message: string; code: string | undefined }
	| { kind: 'connection'; code: string | undefined };
