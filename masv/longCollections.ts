/**
 * Entries. To double a map, V8 rehashes all of them at once, which takes 5 ms for so many on a slow machine, and 117 ms for 131,072.
 */
const segmentSize = 16 * 1024;

/**
 * A `Map` that never stops the process for long while it grows, however many entries it has: for what there is one of for each file
 * of a delivery. In the order of insertion. Not for what lives longer than an execution: deleted entries leave gaps.
 */
export class LongMap<K, V> implements Map<K, V> {
	readonly [Symbol.toStringTag] = 'LongMap';
	/** No key is in two of them. Only the last one grows. */
	readonly #segments: Array<Map<K, V>> = [new Map<K, V>()];

	constructor(entries: Iterable<readonly [K, V]> = []) {
		for (const [key, value] of entries) this.set(key, value);
	}

	get size(): number {
		return this.#segments.reduce((sum, { size }) => sum + size, 0);
	}

	get(key: K): V | undefined {
		return this.#segmentOf(key)?.get(key);
	}

	has(key: K): boolean {
		return this.#segmentOf(key) !== undefined;
	}

	set(key: K, value: V): this {
		(this.#segmentOf(key) ?? this.#growing()).set(key, value);
		return this;
	}

	delete(key: K): boolean {
		return this.#segmentOf(key)?.delete(key) ?? false;
	}

	clear(): void {
		this.#segments.splice(0, Infinity, new Map<K, V>());
	}

	forEach(callback: (value: V, key: K, map: Map<K, V>) => void, self?: unknown): void {
		for (const [key, value] of this) callback.call(self, value, key, this);
	}

	*entries(): MapIterator<[K, V]> {
		for (const segment of this.#segments) yield* segment.entries();
	}

	*keys(): MapIterator<K> {
		for (const segment of this.#segments) yield* segment.keys();
	}

	*values(): MapIterator<V> {
		for (const segment of this.#segments) yield* segment.values();
	}

	[Symbol.iterator](): MapIterator<[K, V]> {
		return this.entries();
	}

	#segmentOf(key: K): Map<K, V> | undefined {
		for (let index = this.#segments.length - 1; index >= 0; index--) {
			if (this.#segments[index]?.has(key) === true) return this.#segments[index];
		}
		return undefined;
	}

	#growing(): Map<K, V> {
		const last = this.#segments.at(-1);
		if (last !== undefined && last.size < segmentSize) return last;
		const next = new Map<K, V>();
		this.#segments.push(next);
		return next;
	}
}

/** The same as a `Set`. */
export class LongSet<T> implements Set<T> {
	readonly [Symbol.toStringTag] = 'LongSet';
	readonly #members = new LongMap<T, T>();

	constructor(values: Iterable<T> = []) {
		for (const value of values) this.add(value);
	}

	get size(): number {
		return this.#members.size;
	}

	has(value: T): boolean {
		return this.#members.has(value);
	}

	add(value: T): this {
		this.#members.set(value, value);
		return this;
	}

	delete(value: T): boolean {
		return this.#members.delete(value);
	}

	clear(): void {
		this.#members.clear();
	}

	forEach(callback: (value: T, key: T, set: Set<T>) => void, self?: unknown): void {
		for (const value of this) callback.call(self, value, value, this);
	}

	entries(): SetIterator<[T, T]> {
		return this.#members.entries();
	}

	keys(): SetIterator<T> {
		return this.#members.keys();
	}

	values(): SetIterator<T> {
		return this.#members.keys();
	}

	[Symbol.iterator](): SetIterator<T> {
		return this.#members.keys();
	}
}
