const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * The text of the first element of that name that contains text and no element, as far as the storage's XML needs it.
 * Takes time in proportion to the text. Undefined if there is none, or if it is empty.
 */
export function xmlElement(xml: string, name: string): string | undefined {
	const opening = `<${name}>`;
	for (let at = xml.indexOf(opening); at !== -1; at = xml.indexOf(opening, at)) {
		const start = at + opening.length;
		at = xml.indexOf('<', start);
		if (at === -1) return undefined;
		const text = xml.slice(start, at).trim();
		if (text === '' || !xml.startsWith(`</${name}>`, at)) continue;
		return !text.includes('&')
			? text
			: text.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => entities[entity] as string);
	}
	return undefined;
}
