/** Which names the files and folders of a disk can have. */
export interface NameRules {
	/** The longest name, as {@link NameRules.lengthOf} measures it. */
	maxLength: number;
	lengthOf(name: string): number;
	/** Whether names must be valid on Windows. */
	forWindows: boolean;
	/** Whether "a" and "A" are the same file. */
	ignoresCase: boolean;
	/** Whether names are the same that differ only in how accented characters are encoded, or in invisible characters. */
	ignoresForm: boolean;
}

/** ext4, XFS, Btrfs. Other disks on Linux may ignore case: see `masv/node/diskTraits.ts`. */
const linux: NameRules = {
	maxLength: 255,
	lengthOf: bytesInUtf8,
	forWindows: false,
	ignoresCase: false,
	ignoresForm: false,
};

/** The rules by system, for disks that are formatted as is usual there. */
export const nameRules = {
	linux,
	/** APFS. */
	macos: { ...linux, ignoresCase: true, ignoresForm: true },
	/** NTFS. */
	windows: { ...linux, lengthOf: (name: string) => name.length, forWindows: true, ignoresCase: true },
} satisfies Record<string, NameRules>;

/** The rules for a disk whose files are to be copied to Windows later, too. */
export function alsoForWindows(rules: NameRules): NameRules {
	return { ...rules, forWindows: true, ignoresCase: true };
}

/** Two names with the same result are one and the same to the disk. */
export function foldName(name: string, { ignoresCase, ignoresForm }: NameRules): string {
	const formed = ignoresForm ? name.replace(/\p{Default_Ignorable_Code_Point}/gu, '').normalize('NFD') : name;
	// Upper case first: it makes "ß" and "ss" the same, and all of the Greek sigmas, as some disks do.
	return ignoresCase ? formed.toUpperCase().toLowerCase() : formed;
}

function bytesInUtf8(name: string): number {
	let bytes = 0;
	for (const character of name) {
		const code = character.codePointAt(0) ?? 0;
		bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
	}
	return bytes;
}
