import type { FoundPackage, LedgerLine } from './ledgerLines';
import { isAtOrBelow } from './isAtOrBelow';

/** A package that a job has found. `gone`: it can never be received. */
export interface LedgerPackage extends FoundPackage {
	state: 'due' | 'received' | 'gone';
	/** Whether it could not be received once. */
	hasFailed: boolean;
	/** When it was found, in milliseconds since the epoch. */
	foundAt: number;
	/** Among which packages it was found last, see `originKey`. Undefined: not known. */
	origin: string | undefined;
	/** Since when MASV does not have it, and when it was last looked for. Undefined: it was there, as far as is known. */
	missing: { since: number; lookedAt: number } | undefined;
	/** Undefined until it was received for the first time. */
	receipt: { at: number; run: string | undefined; folder: string; files: number; bytes: number } | undefined;
}

/** Which packages are meant by `forgotten`: see there. */
interface Meant {
	package?: string;
	path?: string;
}

const fresh = { state: 'due', hasFailed: false, missing: undefined, receipt: undefined } as const;

/** Changes the packages of a ledger by one line. A package that is known already stays what it was. */
export function applyPackageLine(
	packages: Map<string, LedgerPackage>,
	line: Extract<LedgerLine, { kind: 'found' | 'received' | 'failed' | 'gone' }>,
): void {
	if (line.kind === 'found') {
		for (const found of line.packages) {
			const known = packages.get(found.id) ?? { ...found, ...fresh, foundAt: line.at };
			packages.set(found.id, { ...known, origin: line.origin });
		}
		return;
	}
	// The line about finding it may be missing.
	const known: LedgerPackage = packages.get(line.package) ?? {
		...{ id: line.package, name: '', created: 0, foundAt: line.at, origin: undefined },
		...fresh,
	};
	if (line.kind === 'gone') {
		packages.set(line.package, { ...known, state: 'gone' });
		return;
	}
	if (line.kind === 'failed') {
		const since = known.missing?.since ?? line.at;
		const missing = line.missing === true ? { since, lookedAt: line.at } : undefined;
		packages.set(line.package, { ...known, hasFailed: true, missing });
		return;
	}
	const { at, run, folder, files, bytes } = line;
	packages.set(line.package, {
		...known,
		state: 'received',
		hasFailed: false,
		missing: undefined,
		receipt: { at, run, folder, files, bytes },
	});
}

/** Makes packages due that were received. */
export function forgetPackages(packages: ReadonlyMap<string, LedgerPackage>, what: Meant): void {
	for (const found of packages.values()) if (isPackageMeant(what, found)) found.state = 'due';
}

/** Whether a package was received, and is among those to receive again. */
export function isPackageMeant(what: Meant, { id, state, receipt }: LedgerPackage): boolean {
	if (state !== 'received' || receipt === undefined) return false;
	if (what.package !== undefined && what.package !== id) return false;
	return what.path === undefined || isAtOrBelow(receipt.folder, what.path);
}

/**
 * What is to be received, in the order in which the uploads began. Those that have failed come last and in another order each time,
 * because a run ends after some failures in a row: the same ones must not keep it from all others. One that MASV does not have is
 * looked for less and less often, and at least once a day: a key may have lost its access for a while.
 * @param origin see {@link LedgerPackage}. What was found among others is not received any more: the folder may be another one, too
 * @param mix gives another order each time
 */
export function duePackages(
	packages: ReadonlyMap<string, LedgerPackage>,
	origin: string,
	nowMs: number,
	mix: (id: string) => string,
): LedgerPackage[] {
	const wanted = [...packages.values()].filter((each) => each.state === 'due' && (each.origin ?? origin) === origin);
	const due = wanted.filter((each) => isLookDue(each, nowMs));
	const fresh = due.filter(({ hasFailed }) => !hasFailed);
	const mixed = due.filter(({ hasFailed }) => hasFailed).map((each) => ({ each, at: mix(each.id) }));
	return [...fresh.sort(byCreation), ...mixed.sort((a, b) => (a.at < b.at ? -1 : 1)).map(({ each }) => each)];
}

const dayMs = 24 * 60 * 60 * 1000;

function isLookDue({ missing }: LedgerPackage, nowMs: number): boolean {
	if (missing === undefined) return true;
	const { since, lookedAt } = missing;
	// Also if our clock was set back.
	return Math.abs(nowMs - lookedAt) >= Math.min(dayMs, lookedAt - since);
}

/** What was received, and could not be reported, by this execution: its process died. */
export function unreportedPackages(
	packages: ReadonlyMap<string, LedgerPackage>,
	run: string | undefined,
): LedgerPackage[] {
	if (run === undefined) return [];
	return [...packages.values()]
		.filter(({ state, receipt }) => state === 'received' && receipt?.run === run)
		.sort(byCreation);
}

function byCreation(a: LedgerPackage, b: LedgerPackage): number {
	return a.created - b.created || (a.id < b.id ? -1 : 1);
}
