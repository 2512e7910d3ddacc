/** How busy the thread is that runs this code, provided by the platform. */
export interface Load {
	/** @returns a function that returns the share of the time since its previous call in which the thread was busy, 0 to 1 */
	watch(): () => number;
}

/** For platforms that cannot tell. */
export const noLoad: Load = { watch: () => () => 0 };
