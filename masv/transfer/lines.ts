import { asksToSlowDown, isTimeout } from '../answers';
import type { Clock } from '../clock';
import type { Load } from '../load';
import { noLoad } from '../load';
import { sharedByName } from '../sharedByName';
import type { LineSample } from './climb';
import { createClimb, firstConnections, settlingMs, windowMs } from './climb';
import { busyShare } from './loadGate';

/**
 * The same for the first ones, which everything is compared with: until packets are lost, and until what the system and the
 * routers keep is full, they seem to be faster than they are.
 */
const firstSettlingMs = 3_000;
/**
 * Between two halvings because the server asks for fewer requests. The pace keeps to the rate that it permits, and asks for a little
 * more again and again; fewer connections each time would add up.
 */
const rejectionPauseMs = 20_000;

/** What one run does on a line. The runs of the process that share a line share its connections evenly. */
export interface Lane {
	/** How many connections the run may use now: at least one, even if there are more runs than connections. */
	readonly connections: number;
	/** To be told of each number of bytes that went over the line. */
	moved(bytes: number): void;
	/** To be told of each request that failed. */
	failed(error: unknown): void;
	leave(): void;
}

/** The lines to and from all servers, for all runs of the process. What was found for a line is kept for the next run. */
export interface Lines {
	/**
	 * @param line its name. A server has one for each direction
	 */
	join(line: string, user: LineUser): Lane;
}

export interface LineUser {
	/** Whether it uses all connections it has: otherwise, the rate says nothing about the line. */
	isFull: () => boolean;
	/** How many connections it uses: more than it has for as long as parts take that were begun before. */
	inUse: () => number;
	/** Told of each new number. */
	onChange: (connections: number) => void;
}

/** @param load how busy the processor is. Default: never busy */
export function createLines(clock: Pick<Clock, 'now'>, load: Load = noLoad): Lines {
	const lineOf = sharedByName<Line>();
	return { join: (name, user) => lineOf(name, () => new Line(clock, load)).join(user) };
}

class Line {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #members = new Set<LineUser>();
	#climb = createClimb();
	#count = firstConnections;
	#changedAt = -Infinity;
	#troubledAt = -Infinity;
	#windowStart: number;
	#bytes = 0;
	/** How busy the processor was since the last window. */
	readonly #readLoad: () => number;

	constructor(clock: Pick<Clock, 'now'>, load: Load) {
		this.#clock = clock;
		this.#windowStart = clock.now();
		this.#readLoad = load.watch();
	}

	/** Of each member. */
	get share(): number {
		return Math.max(1, Math.ceil(this.#count / Math.max(1, this.#members.size)));
	}

	join(member: LineUser): Lane {
		// An idle line starts over, with the number of connections found before.
		if (this.#members.size === 0) {
			this.#climb = createClimb(this.#count);
			this.#changedAt = this.#clock.now() + firstSettlingMs - settlingMs;
			this.#readLoad();
		}
		this.#members.add(member);
		this.#tellAll();
		return new MemberLane(this, member);
	}

	leave(member: LineUser): void {
		if (this.#members.delete(member)) this.#tellAll();
	}

	moved(bytes: number): void {
		// Bytes of a failed attempt, which are sent again.
		if (bytes <= 0) return;
		const now = this.#clock.now();
		// The clock was set back.
		if (now < this.#windowStart) this.#changedAt = now;
		if (now - this.#changedAt < settlingMs) return this.#beginWindow(now);
		this.#bytes += bytes;
		if (now - this.#windowStart < windowMs) return;
		const isBusy = this.#readLoad() > busyShare;
		if ([...this.#members].some(({ isFull }) => isFull())) this.#take(now, { isTroubled: false, isBusy });
		else this.#beginWindow(now);
	}

	failed(error: unknown): void {
		if (!isTimeout(error) && !asksToSlowDown(error)) return;
		const now = this.#clock.now();
		// The requests that were on their way when the number fell fail as well.
		const pauseMs = isTimeout(error) ? settlingMs : rejectionPauseMs;
		if (now >= this.#troubledAt && now - this.#troubledAt < pauseMs) return;
		this.#troubledAt = now;
		this.#take(now, { isTroubled: true });
	}

	#take(now: number, state: Pick<LineSample, 'isTroubled' | 'isBusy'>): void {
		const elapsedMs = Math.max(1, now - this.#windowStart);
		const inUse = [...this.#members].reduce((sum, member) => sum + member.inUse(), 0);
		const next = this.#climb({ bytesPerSecond: (this.#bytes * 1000) / elapsedMs, inUse, ...state });
		this.#beginWindow(now);
		if (next === this.#count && !state.isTroubled) return;
		this.#count = next;
		this.#changedAt = now;
		this.#tellAll();
	}

	#beginWindow(now: number): void {
		this.#windowStart = now;
		this.#bytes = 0;
	}

	#tellAll(): void {
		this.#members.forEach(({ onChange }) => onChange(this.share));
	}
}

class MemberLane implements Lane {
	readonly #line: Line;
	readonly #member: LineUser;

	constructor(line: Line, member: LineUser) {
		this.#line = line;
		this.#member = member;
	}

	get connections(): number {
		return this.#line.share;
	}

	moved(bytes: number): void {
		this.#line.moved(bytes);
	}

	failed(error: unknown): void {
		this.#line.failed(error);
	}

	leave(): void {
		this.#line.leave(this.#member);
	}
}
