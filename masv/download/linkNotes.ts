import { z } from 'zod';

/** The lines about links in the record of a package that is received. */
const lineSchema = z.discriminatedUnion('kind', [
	/** A direct link is about to be created. */
	z.object({ kind: z.literal('linking'), attempt: z.string() }),
	/** It was created, and is about to be used. */
	z.object({ kind: z.literal('linked'), attempt: z.string(), link: z.string() }),
	/** MASV refused to create it. */
	z.object({ kind: z.literal('notLinked'), attempt: z.string() }),
	/** It is disabled, or cannot be. */
	z.object({ kind: z.literal('unlinked'), link: z.string() }),
]);
export type LinkLine = z.infer<typeof lineSchema>;

export interface LinksLeft {
	/** IDs of links that may still be active. */
	links: string[];
	/** How many may have been created whose ID is not known. Nobody knows their secrets either, so nobody can use them. */
	unknown: number;
}

/** Which links earlier runs have left. Lines that are not about links are skipped. */
export function readLinksLeft(lines: readonly unknown[]): LinksLeft {
	const links = new Set<string>();
	const open = new Set<string>();
	for (const each of lines) {
		const { data: line } = lineSchema.safeParse(each);
		switch (line?.kind) {
			case 'linking':
				open.add(line.attempt);
				break;
			case 'linked':
				open.delete(line.attempt);
				links.add(line.link);
				break;
			case 'notLinked':
				open.delete(line.attempt);
				break;
			case 'unlinked':
				links.delete(line.link);
				break;
		}
	}
	return { links: [...links], unknown: open.size };
}
