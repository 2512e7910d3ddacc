/** Joins texts for people. Those that come from a server, for example, may lack the period that ends them. */
export function joinSentences(texts: readonly string[]): string {
	return texts
		.map((text, index) => (index === texts.length - 1 || /[.!?:…]["')\]]*$/.test(text) ? text : `${text}.`))
		.join(' ');
}
