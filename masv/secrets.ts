/**
 * Knows the secrets of one run and takes them out of texts that people may read. Servers and proxies like to repeat what
 * they were sent; an error message is the usual way a key leaks.
 */
export class Secrets {
	readonly #known = new Set<string>();

	/** Remembers a secret, as it is and as it would stand in a URL. Short values would black out ordinary words. */
	add(secret: string | undefined): void {
		if (secret === undefined || secret.length < 4) return;
		this.#known.add(secret);
		this.#known.add(encodeURIComponent(secret));
	}

	/** The text without known secrets, without JSON Web Tokens and without the query of any URL. */
	redact(text: string): string {
		let clean = text;
		for (const secret of this.#known) clean = clean.replaceAll(secret, '[hidden]');
		return clean
			.replace(/(https?:\/\/[^\s?"'<>]+)\?[^\s"'<>]*/g, '$1')
			.replace(/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, '[hidden]');
	}
}
