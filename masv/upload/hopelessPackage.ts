/** Thrown for a package that can no longer become what is to be sent, if another one can. */
export class HopelessPackage extends Error {
	/** Whether it contains directories with which MASV does not finalize it, and which MASV does not remove. */
	readonly hasStuckDirectories: boolean;

	constructor(packageId: string, fate: Fate, hasStuckDirectories: boolean, cause: unknown) {
		super(abandonedText(packageId, fate, cause instanceof Error ? cause.message : String(cause)), { cause });
		this.hasStuckDirectories = hasStuckDirectories;
	}
}

/**
 * Thrown for a package whose state cannot be read and turns out to be another one than the notes say. MASV refuses to finalize
 * it as incomplete: no earlier run has delivered it, and what is missing or in the way can be changed. Or MASV accepts no
 * file, and has not refused one in the same way while the package was open: an earlier
 * run may have delivered it whose notes were lost.
 */
export class OtherState extends HopelessPackage {
	readonly isDelivering: boolean;

	constructor(packageId: string, isDelivering: boolean, cause: unknown) {
		super(packageId, isDelivering ? 'maybe delivered' : 'unfinished', false, cause);
		this.isDelivering = isDelivering;
	}
}

/** What became of a package that is given up. */
export type Fate = 'unfinished' | 'delivered' | 'maybe delivered';

export function fateOf(isClosed: boolean, isStateKnown: boolean): Fate {
	if (!isClosed) return 'unfinished';
	return isStateKnown ? 'delivered' : 'maybe delivered';
}

const fates: Record<Fate, string> = {
	unfinished: 'is left unfinished',
	delivered: 'was delivered by an earlier run, but is not what is to be sent now',
	'maybe delivered': 'may have been delivered by an earlier run, but is not what is to be sent now',
};

export function abandonedText(packageId: string, fate: Fate, reason: string): string {
	return `Package ${packageId} ${fates[fate]}: ${reason}. The files are sent in a new package.`;
}
