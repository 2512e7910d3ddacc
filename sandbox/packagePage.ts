import type { IncomingMessage } from 'node:http';
import type { Answer } from './http/answer.ts';
import type { Context } from './model/context.ts';
import { filesOf, type Package, type PackageFile } from './model/state.ts';

/** Not a route of MASV: those begin with a version. */
const prefix = '/sandbox/packages/';

/** The path of the page of a package. */
export function pagePathOf(packageId: string): string {
	return prefix + encodeURIComponent(packageId);
}

/**
 * A plain page on which people can download the files of a package, because MASV's links lead to MASV's own site. Needs no
 * link and no password: whoever can reach the sandbox may see everything in it.
 * @returns undefined if the request is not for such a page
 */
export function packagePage({ state, store }: Context, { method, url = '' }: IncomingMessage): Answer | undefined {
	if (method !== 'GET' || !url.startsWith(prefix)) return undefined;
	const found = [...state.packages.values()].find(({ id }) => pagePathOf(id) === url);
	const headers = { 'content-type': 'text/html; charset=utf-8' };
	if (found === undefined) return { status: 404, headers, body: toPage('No such package', '') };
	const rows = filesOf(state, found.id)
		.filter(({ kind, finalized }) => kind === 'file' && finalized)
		.map((file) => toRow(file, store.presign({ method: 'GET', key: file.key })));
	return { status: 200, headers, body: toPage(found.name, `${summaryOf(found)}<table>${rows.join('\n')}</table>`) };
}

function summaryOf({ id, state, sender }: Package): string {
	return `<p>Package ${escape(id)}, ${escape(state)}, sent by ${escape(sender)}</p>`;
}

function toRow({ path, name, size }: PackageFile, url: string): string {
	const place = path === '' ? name : `${path}/${name}`;
	return `<tr><td><a href="${escape(url)}" download="${escape(name)}">${escape(place)}</a></td><td>${size} bytes</td></tr>`;
}

function toPage(title: string, content: string): string {
	return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<style>body { font: 16px sans-serif; margin: 2em } td { padding: 0.2em 2em 0.2em 0 }</style></head>
<body><h1>${escape(title)}</h1>
${content}
</body></html>
`;
}

function escape(text: string): string {
	return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
