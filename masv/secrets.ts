/**
 * Removes the secrets of one run from texts that people may read: servers and proxies often repeat parts of a request in
 * their error messages.
 */
export class Secrets {
	readonly #known = new Set<string>();

	/**
	 * Registers a secret, as it is and as it would be escaped in a URL, in JSON and in HTML. Short values are ignored,
	 * because they could match ordinary words.
	 */
	add(secret: string | undefined): void {
		if (secret === undefined || secret.length < 4 || this.#known.has(secret)) return;
		this.#known.add(secret);
		this.#known.add(encodeURIComponent(secret));
		this.#known.add(JSON.stringify(secret).slice(1, -1));
		this.#known.add(escapeHtml(secret));
	}

	/** The text without registered secrets, JSON Web Tokens, signatures and the query of any URL. */
	redact(text: string): string {
		let clean = text;
		// Longest first: if one contains another, replacing the shorter one first would leave the rest.
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
