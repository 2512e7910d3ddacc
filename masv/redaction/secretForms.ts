/**
 * What is secret by its form, registered or not: the query of a URL, the value of a signature or a credential, and JSON
 * Web Tokens. Each character is looked at a fixed number of times, whatever the text.
 * @param hide called with ranges of the text
 */
export function findSecretForms(text: string, hide: (start: number, end: number) => void): void {
	findQueries(text, hide);
	let end = 0;
	for (const { 0: word, index } of text.matchAll(/[\w-]+/g)) {
		// Within the value of another: reading it again would take quadratic time.
		if (index < end) continue;
		const after = index + word.length;
		const token = /\beyJ[\w-]/.exec(word);
		if (token !== null) {
			const rest = matchAt(/\.[\w-]+(\.[\w-]*)?/y, text, after);
			if (rest > after) hide(index + token.index, (end = rest));
		} else if (text.charAt(after) === '=' && (isSignatureName(word) || /^x-(amz|goog)-/i.test(word))) {
			end = matchAt(/[^ \t\r\n&"'<>,]*/y, text, after + 1);
			hide(after + 1, end);
		}
	}
}

function findQueries(text: string, hide: (start: number, end: number) => void): void {
	for (const { 0: word, index } of text.matchAll(/[^ \t\r\n"'<>]+/g)) {
		const scheme = /https?:\/\//i.exec(word);
		const query = scheme === null ? -1 : word.indexOf('?', scheme.index);
		if (query !== -1 && query + 1 < word.length) hide(index + query + 1, index + word.length);
	}
}

/** Whether a query parameter or header of that name makes a request pre-signed. */
export function isSignatureName(name: string): boolean {
	return /^(.*-)?(signature|credential|security-token)$|^(sig|awsaccesskeyid|authorization)$/i.test(name);
}

/** @returns where the match that begins at this position ends */
function matchAt(pattern: RegExp, text: string, at: number): number {
	pattern.lastIndex = at;
	return pattern.test(text) ? pattern.lastIndex : at;
}
