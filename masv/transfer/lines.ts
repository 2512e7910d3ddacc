import { asksToSlowDown, isTimeout } from '../answers';
import type { Clock } from '../clock';
import { sharedByName } from '../sharedByName';
import { createClimb, firstConnections } from './climb';

/** After a change, new connections take some round trips to reach their rate. */
const settlingMs = 1_000;
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
/** Longer than any round trip, long enough for a mean. */
const windowMs = 2_000;

/** What one run does on a line. The runs of the process that share a line share its connections evenly. */
export interface Lane {
	/** How many connections the run may use now: at least one, even if there are more runs than connections. */
	readonly connections: number;
	/** To be told of each number of bytes that went over the line. */
	moved: (bytes: number) => void;
	/** To be told of each request that failed. */
	failed: (error: unknown) => void;
	leave: () => void;
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

export function createLines(clock: Pick<Clock, 'now'>): Lines {
	const lineOf = sharedByName<ReturnType<typeof createLine>>();
	return {
		join: (name, user) => lineOf(name, () => createLine(clock)).join(user),
	};
}

function createLine(clock: Pick<Clock, 'now'>): { join(user: LineUser): Lane } {
	const members = new Set<LineUser>();
	let climb = createClimb();
	let count = firstConnections;
	let changedAt = -Infinity;
	let troubledAt = -Infinity;
	let windowStart = clock.now();
	let bytes = 0;
	const share = (): number => Math.max(1, Math.ceil(count / Math.max(1, members.size)));
	const tellAll = (): void => members.forEach(({ onChange }) => onChange(share()));
	const beginWindow = (now: number): void => {
		windowStart = now;
		bytes = 0;
	};
	const take = (now: number, isTroubled: boolean): void => {
		const elapsedMs = Math.max(1, now - windowStart);
		const inUse = [...members].reduce((sum, member) => sum + member.inUse(), 0);
		const next = climb({ bytesPerSecond: (bytes * 1000) / elapsedMs, inUse, isTroubled });
		beginWindow(now);
		if (next === count && !isTroubled) return;
		count = next;
		changedAt = now;
		tellAll();
	};
	const join = (member: LineUser): Lane => {
		// A line that nobody has used for a while begins anew, with the number found before.
		if (members.size === 0) {
			climb = createClimb(count);
			changedAt = clock.now() + firstSettlingMs - settlingMs;
		}
		members.add(member);
		tellAll();
		return {
			get connections() {
				return share();
			},
			moved: (more) => {
				// Bytes of a failed attempt, which are sent again.
				if (more <= 0) return;
				const now = clock.now();
				// The clock was set back.
				if (now < windowStart) changedAt = now;
				if (now - changedAt < settlingMs) return beginWindow(now);
				bytes += more;
				if (now - windowStart < windowMs) return;
				if ([...members].some(({ isFull }) => isFull())) take(now, false);
				else beginWindow(now);
			},
			failed: (error) => {
				if (!isTimeout(error) && !asksToSlowDown(error)) return;
				const now = clock.now();
				// The requests that were on their way when the number fell fail as well.
				const pauseMs = isTimeout(error) ? settlingMs : rejectionPauseMs;
				if (now >= troubledAt && now - troubledAt < pauseMs) return;
				troubledAt = now;
				take(now, true);
			},
			leave: () => {
				if (members.delete(member)) tellAll();
			},
		};
	};
	return { join };
}
