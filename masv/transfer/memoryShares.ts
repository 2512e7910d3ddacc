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
/** Of one connection. Sending: one is filled, one is sent, and TLS keeps what it encrypted. Receiving: one is filled, two are written. */
export const buffersPerConnection = 3;
/** Larger ones make neither a disk nor a connection faster. */
export const largestBufferBytes = 512 * 1024;
/** Twice the high-water mark of a socket: it must not take a second buffer before it has sent the first one, see `readRange`. */
export const smallestBufferBytes = 128 * 1024;
/** What TLS encrypts at a time. */
const recordBytes = 16 * 1024;

/** The size of each buffer of a transfer: more connections get smaller ones, so that memory does not grow with their number. */
export function bufferBytesFor(connections: number, share: number): number {
	const bytes = (maxBufferBytes * share) / (connections * buffersPerConnection);
	const whole = Math.floor(bytes / recordBytes) * recordBytes;
	return Math.min(largestBufferBytes, Math.max(smallestBufferBytes, whole));
}
