/** What the processes that try a folder are told to do. Files are absolute paths. */
export type Order =
	/** Create each file, unless it is there already. */
	| { do: 'create'; files: string[]; text: string }
	/** Append each line by itself, opening the file anew. */
	| { do: 'append'; file: string; lines: string[] }
	| { do: 'read'; file: string }
	/** Give the file each content in turn, by a rename. */
	| { do: 'replace'; file: string; texts: string[] }
	| { do: 'readOften'; file: string; times: number }
	| { do: 'identify'; file: string }
	/** Open the file and leave it open. */
	| { do: 'hold'; file: string }
	/** Whether the file that was left open still has a name. */
	| { do: 'hasName'; file: string }
	| { do: 'remove'; file: string };

/** What came of it. */
export interface Reports {
	/** The files that this process has created. */
	create: string[];
	append: true;
	read: string;
	replace: true;
	/** Each content that was seen, or the code of an error. */
	readOften: string[];
	/** Inode, size and times. */
	identify: string;
	hold: true;
	hasName: boolean;
	remove: true;
}

/** The answer to an order. */
export interface Message {
	report?: Reports[keyof Reports] | 'ready';
	/** What the system said. */
	error?: { message: string; code?: string };
}

/** A process that does what it is told. */
export interface Member {
	tell<Kind extends keyof Reports>(order: Extract<Order, { do: Kind }>): Promise<Reports[Kind]>;
}
