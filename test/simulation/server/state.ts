import type { Dice } from '../dice';
import type { Timeline } from '../timeline';
import type { Habits } from './habits';
import type { Actor, Entry, Multipart, Package, Part } from './model';
import { Storage } from './storage';

export interface ServerRequest {
	method: string;
	url: string;
	headers: Record<string, string>;
	body: Uint8Array;
	actor: Actor;
	/** When the worker sent it. */
	sentAt: number;
	/** It arrives after the worker has given it up. */
	isLate: boolean;
}

/** A request to MASV. */
export interface Call extends ServerRequest {
	/** The segments of the path. */
	path: string[];
	query: URLSearchParams;
	json: Record<string, unknown> | undefined;
}

/** What the judge wants to know. */
export interface Watcher {
	/** Something that the actor must not touch was changed. `entry`: it was removed. */
	touched: (actor: Actor, what: string, entry?: Entry) => void;
	/** A package was finalized. */
	delivered: (packageId: string) => void;
	stored: (request: ServerRequest, stored: { upload: Multipart; part: Part; partNumber: number; md5: string }) => void;
}

/** All that MASV and its storage know. */
export class ServerState {
	readonly packages: Package[] = [];
	readonly storage: Storage;
	readonly habits: Habits;
	readonly dice: Dice;
	readonly timeline: Timeline;
	readonly watcher: Watcher;
	#ids = 0;

	constructor(habits: Habits, dice: Dice, timeline: Timeline, watcher: Watcher) {
		this.habits = habits;
		this.dice = dice;
		this.timeline = timeline;
		this.watcher = watcher;
		this.storage = new Storage(habits, () => timeline.nowMs);
	}

	newId(letter: string): string {
		return `${letter}${++this.#ids}`;
	}

	/** A token of a package, new in each response: docs/masv-api.md#package-tokens */
	newToken(of: Package): string {
		const token = `token.${of.id}.${++this.#ids}.s3cr3t`;
		of.tokens.add(token);
		return token;
	}

	/** The time that lists and states are of. */
	get listedAt(): number {
		return this.timeline.nowMs - this.habits.staleMs;
	}

	note(what: string): void {
		this.timeline.note('server', what);
	}
}
