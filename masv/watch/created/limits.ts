const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Read anew at every poll, because a record may show up a little later than one that was created after it: servers' clocks
 * differ, and lists lag behind.
 */
export const overlapMs = hour;

/**
 * How far back a record may be that shows up late. MASV does not say whether its lists show a package while it is uploaded;
 * should one not, the package shows up when it is finalized, with the date of its beginning. Package tokens, and with them
 * uploads, live about a week.
 */
export const lookBackMs = 14 * day;

/** How often all of the look-back is read again. */
export const sweepEveryMs = 15 * minute;

/** After that an unfinished record is given up, and one that was found but is not there any more. */
export const keepPendingMs = 30 * day;

/** Filters by date may or may not include their ends. */
export const boundaryMs = second;

/** Open records that were created so close together are looked after with one request. */
export const groupWithinMs = 10 * minute;

/** Requests per round for open records; beyond that they take turns. The sweep finds them as well. */
export const maxRechecks = 20;

/** Ids of records without a date that are remembered although they are gone. */
export const maxGoneIds = 1_000;

/** Nothing that is there before activation is emitted: a date beyond all. */
export const endOfTime = Number.MAX_SAFE_INTEGER;
