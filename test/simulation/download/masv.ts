import type { Dice } from '../dice';
import type { Answer } from '../server/model';
import { refusal } from '../server/model';
import { apiKey, teamId } from '../server/packageRoutes';
import type { ServerRequest } from '../server/state';
import type { Timeline } from '../timeline';
import type { ReceiveHabits } from './receiveHabits';
import type { SharedFile, SharedPackage, SimLink } from './shared';
import { versionAt } from './shared';
import { signedUrl } from './storage';

/** A MASV whose packages are received, in memory. Carries out a request at once. */
export class Masv {
	readonly packages: SharedPackage[] = [];
	readonly links: SimLink[] = [];
	readonly habits: ReceiveHabits;
	readonly dice: Dice;
	readonly timeline: Timeline;
	#ids = 0;

	constructor(habits: ReceiveHabits, dice: Dice, timeline: Timeline) {
		this.habits = habits;
		this.dice = dice;
		this.timeline = timeline;
	}

	newId(letter: string): string {
		return `${letter}${++this.#ids}`;
	}

	/** New in each response: docs/masv-api.md#package-tokens */
	newToken(tokens: Set<string>): string {
		const token = `token.${++this.#ids}.s3cr3t`;
		tokens.add(token);
		return token;
	}

	handle(request: ServerRequest): Answer {
		const { pathname, searchParams } = new URL(request.url);
		const [version, noun, id = '', what, fileId, act] = pathname.split('/').slice(1).map(decodeURIComponent);
		const { method, headers } = request;
		if (noun === 'teams' && method === 'GET') {
			if (headers['x-api-key'] !== apiKey || id !== teamId) return refusal(401, 'wrong key');
			if (what === 'packages' && fileId !== undefined && this.habits.hasPackageById) return this.#package(fileId);
			if (what === 'packages' && fileId === undefined && version === 'v1.1') return this.#list();
			if (what === 'portals') return { status: 200, json: { metadata: { total: 0 }, records: [] } };
		}
		if (noun === 'links' && fileId === undefined) {
			const link = this.links.find((each) => each.id === id);
			if (link === undefined) return refusal(404, 'no such link');
			if (method === 'GET') return this.#lookUp(link, request, searchParams.get('secret'));
			if (method === 'DELETE' && this.habits.hasLinkRemoval) return this.#disable(link, request);
		}
		if (noun === 'packages') {
			const found = this.packages.find((each) => each.id === id);
			if (found === undefined) return refusal(404, 'no such package');
			const token = headers['x-package-token'] ?? '';
			const isOwn = found.tokens.has(token);
			const isLinked = this.links.some((link) => link.package === found && link.isActive && link.tokens.has(token));
			if (!isOwn && !isLinked) return refusal(401, 'wrong token');
			if (method === 'GET' && what === 'files' && fileId === undefined) return this.#files(found);
			if (method === 'GET' && what === 'files' && act === 'download') return this.#address(found, fileId, isLinked);
			if (method === 'POST' && what === 'links' && isOwn) return this.#createLink(found, request);
		}
		return refusal(404, 'no such route');
	}

	#view(found: SharedPackage): object {
		const { id, name, toldPartBytes } = found;
		return { id, name, state: 'finalized', access_token: this.newToken(found.tokens), chunk_size: toldPartBytes };
	}

	#package(id: string): Answer {
		const found = this.packages.find((each) => each.id === id);
		return found === undefined ? refusal(404, 'no such package') : { status: 200, json: this.#view(found) };
	}

	#list(): Answer {
		const records = this.packages.map((each) => this.#view(each));
		return { status: 200, json: { metadata: { total: records.length }, records } };
	}

	#files(of: SharedPackage): Answer {
		const atMs = this.timeline.nowMs - this.habits.staleMs;
		const shown = of.files.filter(({ kind }) => this.habits.listsArchive || kind !== 'zip_mac');
		return { status: 200, json: shown.map((file) => fileView(file, atMs)) };
	}

	#address(of: SharedPackage, fileId: string | undefined, isLinked: boolean): Answer {
		const { ownDownload, addressMs } = this.habits;
		if (!isLinked && ownDownload !== 'accepted') return refusal(ownDownload, 'downloads need a link');
		const file = of.files.find(({ id }) => id === fileId);
		if (file === undefined) return refusal(404, 'no such file');
		return { status: 200, json: { url: signedUrl(file, this.timeline.nowMs + addressMs) } };
	}

	#createLink(of: SharedPackage, { actor, body }: ServerRequest): Answer {
		const { password } = JSON.parse(Buffer.from(body).toString()) as { password?: string };
		const link: SimLink = {
			...{ id: this.newId('L'), package: of, secret: `secret.${this.newId('')}.s3cr3t`, password, by: actor },
			...{ isActive: true, tokens: new Set<string>(), accesses: 0, accessLimit: Infinity, isKnown: false },
			createdAt: this.timeline.nowMs,
		};
		this.links.push(link);
		return { status: 201, json: { id: link.id, download_secret: link.secret } };
	}

	#lookUp(link: SimLink, { headers }: ServerRequest, secret: string | null): Answer {
		const { password } = link;
		if (secret !== link.secret || !link.isActive || link.accesses >= link.accessLimit)
			return refusal(403, 'no such link');
		if (password !== undefined && headers['x-link-password'] !== password) return refusal(401, 'wrong password');
		link.accesses++;
		const { id, name } = link.package;
		return { status: 200, json: { package_id: id, name, package_token: this.newToken(link.tokens) } };
	}

	#disable(link: SimLink, { headers }: ServerRequest): Answer {
		if (!link.package.tokens.has(headers['x-package-token'] ?? '')) return refusal(401, 'wrong token');
		if (!link.isActive && this.habits.disabledAgain === 404) return refusal(404, 'no such link');
		link.isActive = false;
		return { status: 204 };
	}
}

function fileView(file: SharedFile, atMs: number): object {
	const { id, kind, name, path } = file;
	if (kind !== 'file') return { id, kind, name, ...(kind === 'directory' && { path }) };
	const { content, lastModified } = versionAt(file, atMs);
	const last_modified = new Date(lastModified).toISOString();
	return { id, kind, name, path, size: content.length, last_modified, virus_detected: false };
}
