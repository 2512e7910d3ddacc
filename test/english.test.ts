import type { UserText } from './support/userTexts';
import { descriptionTexts, exampleTexts, readmeTexts, sourceTexts } from './support/userTexts';

/** Wordings that read as translated or as riddles, and what to write instead. */
const avoid: Array<[wording: RegExp, better: string]> = [
	[/\bholds?\b|\bheld\b/i, 'contains, has'],
	[/\bstands?\b|\bstood\b/i, 'is in; you can find it in'],
	[/\bcopy all of it\b/i, 'copy the whole key'],
	[/\bfits?\b/i, 'matches, is valid'],
	[/\btrouble\b/i, 'has a problem, error'],
	[/\bon the side of\b/i, 'name who has the problem'],
	[/\bnamed an?\b/i, 'returned a'],
	[/\b(is|are|was|were) \w+ already\b/i, 'has already been …'],
	[/\btells?\b|\btold\b/i, 'reports, returns, shows'],
	[/\bswitch(ed|es)? (\w+ )?(on|off)\b/i, 'active, inactive; enable, disable'],
	[/\ball the same\b|\bnevertheless\b/i, 'anyway'],
	[/\b(become|became|becomes) of\b/i, 'the state of; what to do with'],
	[/\b(go|goes|went|gone|going) on\b/i, 'continue, resume'],
	[/\b(breaks?|broke|broken) off\b|\bcut off\b/i, 'was interrupted'],
	[/\banother one now\b/i, 'changed'],
	[/\bwhile it was (sent|read)\b/i, 'during the upload'],
	[/\bwould be "…" in\b/i, 'map to the same path'],
	[/\bnothing writes\b/i, 'no program is writing'],
	[/\breason unknown\b/i, 'unknown reason'],
	[/\btak(e|es|en|ing) (\w+ ){0,3}(out|away)\b/i, 'remove'],
	[/\btakes? (no|at most|only|files|more)\b/i, 'accepts'],
	[/\btakes? for\b|\btakes? a whole number\b/i, 'treats as; enter'],
	[/\b(does|do|did) not let\b/i, 'does not allow; is not enabled for'],
	[/\bforg[eo]ts?\b|\bforgotten\b/i, 'did not apply; expires'],
	[/\b(no|some|any)body\b|\bwhoever\b/i, 'no one, someone, anyone'],
	[/\bhas asked for\b|\basks? for fewer\b/i, 'subscribed to; too many requests'],
	[/\bis still at\b/i, 'is still processing'],
	[/\bannounced\b/i, 'name the limit'],
	[/\bin the internet\b/i, 'public URL'],
	[/\bputs? out\b/i, 'outputs'],
	[/\bput(s|ting)? (\w+ ){0,6}away\b/i, 'archive'],
	[/\bnode before this\b/i, 'previous node'],
	[/\bone (path )?a line\b|\bone path a\b|\bMiB a file\b/i, 'per line, per file'],
	[/\bcommas between\b|\bwith commas\b|\bseparated by commas\b/i, 'comma-separated'],
	[/\bsat out\b/i, 'keep retrying'],
	[/\bhand(s|ed|ing)? (back|on)\b|\bgives? back\b/i, 'return, share'],
	[/\bmails\b|\b(MASV|that|will) mail\b/i, 'emails'],
	[/\bgave nothing\b|\bgives? (its|this|no|the package)\b/i, 'enter; returned nothing'],
	[/\bit refused\b/i, 'name who refused'],
	[/\b(is|are) chosen\b|^Chosen$|\bthe chosen one\b/i, 'selected'],
	[/\bEnrich\b/, 'Include Package Details'],
	[/\banother run\b/i, 'another execution'],
	[/\bobey(s|ed)?\b/i, 'honors'],
	[/\b(is|are) meant\b/i, 'is interpreted, means'],
	[/\btimes as fast\b/i, 'times faster'],
	[/\bsigns nothing\b/i, 'does not sign'],
	[/\bby (itself|themselves)\b/i, 'automatically'],
	[/\bwithin reach\b/i, 'available'],
	[/\bas good\b/i, 'counts as success'],
	[/\bby turns\b|\bin turns\b/i, 'alternately'],
	[/\bno matter of\b/i, 'does not count against'],
	[/\bby trial\b|\bfares\b|\bonce or never\b|\bmends?\b/i, 'say it plainly'],
	[/\bonce more\b/i, 'again'],
	[/\bgives? up on\b/i, 'stops retrying, times out'],
	[/" has …|\bhas … bytes\b/i, 'is … (a size)'],
	[/\b(n8n|user|key|workflows|its user|team)( of the API key)? may (?!(not )?(have|be)\b)/i, 'can, has permission to'],
	[/\bof a user who\b/i, 'its user …'],
	[/\bcannot be put together\b/i, 'cannot be assembled'],
	[/\banswer(s|ed|ing)?\b/i, 'responded, response'],
	[/\bin the place of\b|\bin its place\b/i, 'instead'],
	[/\bfor a link\b|\bhalf-done\b|\bstays? behind\b/i, 'say what happens'],
	[/\bwork(s|ing)? (on|with) another\b|\bto work on\b/i, 'use another, process'],
	[/\b(came|comes?) (in through|out of)\b|\bthat came in\b/i, 'received through, output by'],
	[/\bleave it as it is\b/i, 'change it only to'],
	[/\bbefore it (begins|ends)\b/i, 'starts'],
	[/\b(packages?|portals?|webhooks?|events?|events? or \w+) of MASV\b/i, 'MASV package, MASV portal'],
	[/\beverything of\b|\bsomething happens to\b|\ball that is in\b/i, 'name the event, all contents'],
	[/\bto (no other|nobody else)\b/i, 'only to'],
	[/\b(link|page|portal|package)s? asks? for\b/i, 'requires'],
	[/\blies within\b|\bput (\w+ ){0,4}back\b/i, 'expired within; move back, restore'],
	[/\b(MASV|n8n) does not know\b/i, 'does not exist'],
	[/\bfrom \d+ on\b/i, 'at least'],
	[/\b(changes|needs) (nothing|none)\b/i, 'does not change, does not need one'],
	[/\bgives this node no\b/i, 'provides no'],
	[/\b(watch|watched) here\b|\bin these states\. MASV lists all\b/i, 'say what is not possible'],
	[/\bwrite (one )?addresses?\b|\bpick a\b/i, 'enter, select'],
	[/\bpass(es|ing)? n8n\b/i, 'pass through n8n'],
];

function complaints(texts: UserText[]): string[] {
	return texts.flatMap(({ place, text }) =>
		avoid
			.map(([wording, better]) => ({ found: wording.exec(text)?.[0], better }))
			.filter(({ found }) => found !== undefined)
			.map(({ found, better }) => `${place}: "${found}" in "${text}" (write: ${better})`),
	);
}

describe('user-visible English', () => {
	it.each([
		['the descriptions of nodes and credentials', descriptionTexts, 200],
		['messages, hints, advice and log lines', sourceTexts, 400],
		['the README and the guides', readmeTexts, 150],
		['the example workflows', exampleTexts, 20],
	])('is plain in %s', (_, collect, atLeast) => {
		const texts = collect();
		// A collector that finds nothing would approve everything.
		expect(texts.length).toBeGreaterThan(atLeast);
		expect(complaints(texts)).toEqual([]);
	});

	it.each([
		'Keys hold punctuation: copy all of it.',
		'Package … is finalized already',
		'What became of package … is not known: look for it in MASV.',
		'Run this again with the same files and it goes on where it stopped.',
		'Several names with commas between them; * for all binary fields of the item',
		'n8n is still at another delivery of this event',
	])('is not "%s"', (text) => {
		expect(complaints([{ place: 'here', text }])).not.toEqual([]);
	});
});
