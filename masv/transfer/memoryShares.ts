/** How much of the memory for content one transfer may use. All transfers of the process have the same share. */
export interface MemoryShare {
	/** Between 0 and 1. */
	readonly share: number;
	leave: () => void;
}

/** The memory for content on its way, for all transfers of the process together. */
export interface MemoryShares {
	/** @param onChange told of each new share, as transfers begin and end */
	join(onChange?: (share: number) => void): MemoryShare;
}

export function createMemoryShares(): MemoryShares {
	/** A transfer may join without `onChange`, so that functions cannot be its key. */
	const members = new Set<{ onChange: ((share: number) => void) | undefined }>();
	const share = (): number => 1 / Math.max(1, members.size);
	const tellAll = (): void => members.forEach(({ onChange }) => onChange?.(share()));
	return {
		join: (onChange) => {
			const member = { onChange };
			members.add(member);
			tellAll();
			return {
				get share() {
					return share();
				},
				leave: () => {
					if (members.delete(member)) tellAll();
				},
			};
		},
	};
}

/** All buffers of all connections together. */
const maxBufferBytes = 24 * 1024 * 1024;

/** What the buffers of one direction are like. */
export interface BufferKind {
	perConnection: number;
	/** Larger ones make it no faster. */
	largestBytes: number;
}

/** One is filled, one is sent, and TLS keeps what it encrypted. */
export const sendBuffers: BufferKind = { perConnection: 3, largestBytes: 512 * 1024 };
/**
 * One is filled, one is written. Each write wakes a thread, which costs as much as copying, and is followed by the next one only when
 * the event loop gets to it: two large buffers are faster than three small ones. No larger than what 16 connections can have: buffers of
 * another size would come on top of the old ones.
 */
export const receiveBuffers: BufferKind = { perConnection: 2, largestBytes: 768 * 1024 };
/** Twice the high-water mark of a socket: it must not take a second buffer before it has sent the first one, see `readRange`. */
export const smallestBufferBytes = 128 * 1024;
/** What TLS encrypts at a time. */
const recordBytes = 16 * 1024;

/** The size of each buffer of a transfer: more connections get smaller ones, so that memory does not grow with their number. */
export function bufferBytesFor(
	connections: number,
	share: number,
	{ perConnection, largestBytes }: BufferKind,
): number {
	const bytes = (maxBufferBytes * share) / (connections * perConnection);
	const whole = Math.floor(bytes / recordBytes) * recordBytes;
	return Math.min(largestBytes, Math.max(smallestBufferBytes, whole));
}
