/** Seeds that were red once, and what they show. `npm test` runs them first. */
export const syncRegressions: ReadonlyArray<{ seed: number; shows: string }> = [];
