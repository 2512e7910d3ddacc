import type { NameRules } from './nameRules';

/**
 * What no name should contain, wherever it comes from: separators of paths; control characters, which terminals obey; line
 * and paragraph separators; characters that reverse what is shown, so that "fdp.exe" reads "exe.pdf"; halves of
 * characters, and what is none.
 */
const unsafe =
	/[/\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]|[\p{Surrogate}\p{Noncharacter_Code_Point}]/gu;

/** Windows: not in names. The colon would make `a:b` a hidden stream of the file `a`, and `C:` a drive. */
const notOnWindows = /[<>:"|?*]/g;

/** Windows: names of devices, with any extension. */
const device = /^(con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$)\s*(\.|$)/i;

/** Windows: may be the second name of another file, which has a longer first one. */
const shortName = /^([^.]{1,6})~(\d[^.]{0,5}(?:\.[^.]{0,3})?)$/;

/**
 * A name of MASV as one that a file or folder can safely have. Names that need no change keep all their characters. What is
 * changed becomes `_`, so that the length shows what was there. Different names may become the same: see `localNames.ts`.
 */
export function cleanName(name: string, rules: NameRules): string {
	const safe = name.replace(unsafe, '_');
	if (safe === '') return '_';
	if (safe === '.' || safe === '..') return safe.replaceAll('.', '_');
	// Again at the end: a shortened name may end with a dot.
	return forSystem(fitName(forSystem(safe, rules), '', rules), rules);
}

function forSystem(name: string, { forWindows }: NameRules): string {
	if (!forWindows) return name;
	const valid = name
		.replace(notOnWindows, '_')
		// Windows drops them, so that the name would be another one.
		.replace(/(?<![. ])[. ]+$|^[. ]+$/, (dropped) => '_'.repeat(dropped.length))
		.replace(shortName, '$1_$2');
	return device.test(valid) ? `_${valid}` : valid;
}

/** The part of a name that says what kind of file it is, with its dot; empty if there is none. */
function extensionOf(name: string): string {
	return /(?<=[^.])\.[^. ]{1,16}$/.exec(name)?.[0] ?? '';
}

/**
 * A name with something inserted before its extension. If that is too long, the part before is shortened.
 * @param inserted shorter than half of the longest name
 */
function fitName(name: string, inserted: string, rules: NameRules, extension = extensionOf(name)): string {
	const stem = name.slice(0, name.length - extension.length);
	const whole = `${stem}${inserted}${extension}`;
	if (rules.lengthOf(whole) <= rules.maxLength) return whole;
	return `${cut(stem, rules.maxLength - rules.lengthOf(inserted + extension), rules)}${inserted}${extension}`;
}

/** Whole characters only. */
function cut(text: string, length: number, rules: NameRules): string {
	let kept = '';
	let left = length;
	for (const character of text) {
		left -= rules.lengthOf(character);
		if (left < 0) break;
		kept += character;
	}
	return kept;
}

/** A name for another file of the same name: `A001.mov` becomes `A001 (mark).mov`. */
export function markName(name: string, mark: string, rules: NameRules, isFolder = false): string {
	return forSystem(fitName(name, ` (${mark})`, rules, isFolder ? '' : undefined), rules);
}

/** The name of a file while it is incomplete. */
export function partialNameOf(name: string, rules: NameRules): string {
	return fitName(`${name}.part`, '', rules, '.part');
}
