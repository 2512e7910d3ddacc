/**
 * Knows the secrets of one run and takes them out of texts that people may read. Servers and proxies like to repeat what
 * they were sent; an error message is the usual way a key leaks.
 */
export class Secrets {
	readonly #known = new Set<string>();

	/**
	 * Remembers a secret, as it is and as it would stand in a URL, in JSON and in HTML. Short values would black out
	 * ordinary words.
	 */
	add(secret: string | undefined): void {
		if (secret === undefined || secret.length < 4 || this.#known.has(secret)) return;
		this.#known.add(secret);
		this.#known.add(encodeURIComponent(secret));
		this.#known.add(JSON.stringify(secret).slice(1, -1));
		this.#known.add(escapeHtml(secret));
	}

	/** The text without known secrets, without JSON Web Tokens, signatures and the query of any URL. */
	redact(text: string): string {
		let clean = text;
		// Long ones first: one may hold another, whose rest would stay.
		for (const secret of [...this.#known].sort((a, b) => b.length - a.length)) {
			clean = clean.replaceAll(secret, '[hidden]');
		}
		return clean
			.replace(/(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>]*/g, '$1')
			.replace(/\b(X-Amz-[\w-]+=)[^\s&"'<>]*/gi, '$1[hidden]')
			.replace(/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, '[hidden]');
	}
}

function escapeHtml(text: string): string {
	return text
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;')
		.replaceAll("'", '&#39;');
}
