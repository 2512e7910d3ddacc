import { z } from 'zod';

/** One version of a file on disk, and where it goes in the package. Times are nanoseconds since the epoch, as text. */
const ledgerFileSchema = z.object({
	/** Where it is on disk, without links. */
	location: z.string(),
	/** Folder in the package. */
	path: z.string(),
	name: z.string(),
	bytes: z.number(),
	modified: z.string(),
	changed: z.string(),
	device: z.string(),
	inode: z.string(),
	/** Without it: the disk does not say. */
	born: z.string().optional(),
	/**
	 * Of what was sent: {@link contentSum}. Null or without it: not known. Planned files have the key already: one that is added
	 * later takes five times as much memory.
	 */
	sum: z.string().nullish(),
});
export type LedgerFile = z.infer<typeof ledgerFileSchema>;

/** A package that is to be received. */
const foundPackageSchema = z.object({
	id: z.string(),
	name: z.string(),
	/** When its upload began: milliseconds since the epoch, by MASV's clock. */
	created: z.number(),
	/** Undefined if MASV does not say. */
	portal: z.string().optional(),
});
export type FoundPackage = z.infer<typeof foundPackageSchema>;

/** `number` counts the lines of a ledger, so that missing ones are noticed. */
const numbered = { number: z.number() };

/** The lines of a ledger. Values are stored for years: they can be added, but never changed. */
export const ledgerLineSchema = z.discriminatedUnion('kind', [
	/** The ledger begins, or goes on although lines before this one are missing. */
	z.object({
		kind: z.literal('begun'),
		...numbered,
		at: z.number(),
		workflow: z.string().optional(),
		node: z.string().optional(),
		/** How many lines before this one are missing, and made up for. Without it: all that are missing. */
		missing: z.number().optional(),
		/** Of a job that receives: what was created before is not its concern. Milliseconds; 0: everything is. */
		from: z.number().optional(),
	}),
	/** What a delivery is to contain. Means nothing before the line that says what became of the delivery. */
	z.object({ kind: z.literal('planned'), ...numbered, delivery: z.string(), files: z.array(ledgerFileSchema) }),
	/** The package of this delivery may be created from now on. `key` is that of its record in the journal. */
	z.object({
		kind: z.literal('sending'),
		...numbered,
		delivery: z.string(),
		key: z.string(),
		/** Identifies recipients and settings. */
		target: z.string(),
		/** Of the folder or file that the package is for; empty for all files of a run. */
		name: z.string(),
		/** How many files are planned. */
		files: z.number(),
	}),
	/** The package is finalized. `after`: what is to become of the files on disk; `run`: the execution that reports it. */
	z.object({
		kind: z.literal('sent'),
		...numbered,
		delivery: z.string(),
		package: z.string(),
		at: z.number(),
		after: z.enum(['move', 'delete']).optional(),
		run: z.string().optional(),
	}),
	/** Identifies what is sent of the planned files, from the one with this index on; `null`: not known. Comes before `sent`. */
	z.object({
		kind: z.literal('sums'),
		...numbered,
		delivery: z.string(),
		start: z.number(),
		sums: z.array(z.string().nullable()),
	}),
	/** What is planned counts as sent, without a package. */
	z.object({ kind: z.literal('marked'), ...numbered, delivery: z.string(), at: z.number() }),
	/** The delivery will not be continued: its files are new again. */
	z.object({ kind: z.literal('abandoned'), ...numbered, delivery: z.string() }),
	/** The files of the delivery were moved or deleted. */
	z.object({ kind: z.literal('cleared'), ...numbered, delivery: z.string() }),
	/** Someone has moved files that were sent. */
	z.object({
		kind: z.literal('moved'),
		...numbered,
		files: z.array(z.object({ from: z.string(), to: ledgerFileSchema })),
	}),
	/** Someone has touched files that were sent: their times or their identity are other ones now, but not their content. */
	z.object({ kind: z.literal('touched'), ...numbered, files: z.array(ledgerFileSchema) }),
	/**
	 * What was sent from these places does not count any more: it was moved or deleted long ago. Written anew also instead of many
	 * lines `forgotten`.
	 */
	z.object({ kind: z.literal('unsent'), ...numbered, files: z.array(z.string()) }),
	/**
	 * Packages have arrived, and are due from now on. `at`: when they were found; `origin`: among which packages, see `originKey`. A
	 * package that is found again among others belongs to those.
	 */
	z.object({
		kind: z.literal('found'),
		...numbered,
		at: z.number(),
		origin: z.string().optional(),
		packages: z.array(foundPackageSchema),
	}),
	/** All files of the package are in its folder. `run`: the execution that reports it. */
	z.object({
		kind: z.literal('received'),
		...numbered,
		package: z.string(),
		at: z.number(),
		run: z.string().optional(),
		folder: z.string(),
		/** How many are in its folder. */
		files: z.number(),
		/** Received by the run that received the last of them. */
		bytes: z.number(),
	}),
	/**
	 * The package could not be received. It is still due. Written for the first failure only, and whenever it was looked for and is
	 * `missing` in MASV.
	 */
	z.object({
		kind: z.literal('failed'),
		...numbered,
		package: z.string(),
		at: z.number(),
		missing: z.boolean().optional(),
	}),
	/** The package can never be received any more. */
	z.object({ kind: z.literal('gone'), ...numbered, package: z.string(), at: z.number() }),
	/** Someone wants files to be sent, or packages to be received, again: all, those of a package, or what is at a path or below it. */
	z.object({ kind: z.literal('forgotten'), ...numbered, package: z.string().optional(), path: z.string().optional() }),
]);
export type LedgerLine = z.infer<typeof ledgerLineSchema>;

type Unnumbered<L> = L extends LedgerLine ? Omit<L, 'number'> : never;
/** A line that is to be written. */
export type NewLedgerLine = Unnumbered<LedgerLine>;
