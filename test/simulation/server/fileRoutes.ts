import type { Answer, Entry, Multipart, Package } from './model';
import { placeOf, refusal, stateOf } from './model';
import { isOwn, withToken } from './access';
import type { Call, ServerState } from './state';
import { filesView } from './views';

/** The routes of the files of a package. @returns undefined if it is none of them */
export function routeFile(server: ServerState, call: Call): Answer | undefined {
	const [version, noun, , files, fileId, what] = call.path;
	if (version !== 'v1' || noun !== 'packages' || files !== 'files') return undefined;
	return withToken(server, call, (found) => {
		if (fileId === undefined) {
			if (call.method === 'GET') return listFiles(server, found, call);
			return call.method === 'POST' ? addFile(server, found, call) : refusal(405, 'no such method');
		}
		if (call.method === 'DELETE' && !server.habits.hasFileRemoval) return refusal(405, 'no such method');
		const entry = [...found.entries, ...found.directories].find(
			({ id, removedAt }) => id === fileId && removedAt === undefined,
		);
		if (entry === undefined) return refusal(404, 'no such file');
		if (call.method === 'DELETE') return removeFile(server, found, entry, call);
		if (what === undefined) return partUrls(server, entry, call);
		return what === 'finalize' ? finalizeFile(server, entry, call) : refusal(404, 'no such route');
	});
}

/** When the list of the package stops changing. */
function stopsAt({ habits }: ServerState, { createdAt }: Package): number {
	return Math.max(0, createdAt) + habits.listStopsMs;
}

function listFiles(server: ServerState, of: Package, { actor, isLate }: Call): Answer {
	const { habits, listedAt } = server;
	const atMs = Math.min(listedAt, stopsAt(server, of));
	if (!habits.isListTooLong && !isLate) of.seenBy.set(actor.run, atMs);
	return { status: 200, json: filesView(of, atMs, habits), isTooLong: habits.isListTooLong };
}

function addFile(server: ServerState, to: Package, { json = {}, actor, isLate }: Call): Answer {
	if (stateOf(to, server.timeline.nowMs) !== 'new') return refusal(400, 'the package does not accept more files');
	const entry: Entry = {
		id: server.newId('F'),
		packageId: to.id,
		name: String(json.name),
		path: String(json.path),
		size: Number(json.size),
		lastModified: String(json.last_modified),
		by: actor,
		createdAt: server.timeline.nowMs,
		isLate,
		isNeverListed: server.timeline.nowMs > stopsAt(server, to),
	};
	if (server.habits.entriesVanish) {
		const dice = server.dice.fork(entry.id);
		const from = entry.createdAt + dice.pick([dice.between(0, 2_000), dice.between(0, 300_000)]);
		entry.hidden = { from, until: from + dice.between(1_000, 45_000) };
	}
	if (json.kind === 'directory') return addDirectory(server, to, { ...entry, size: 0 });
	to.entries.push(entry);
	const url = server.storage.createUrl(entry);
	return {
		status: 201,
		json: { file: { id: entry.id }, create_blueprint: { url, method: 'POST', headers: {}, body: '' } },
	};
}

function addDirectory(server: ServerState, to: Package, entry: Entry): Answer {
	const { directories: habit } = server.habits;
	if (habit === 'refused') return refusal(400, 'directories are not supported');
	if (habit === 'accepted') entry.completedAt = server.timeline.nowMs;
	to.directories.push(entry);
	const file = { id: entry.id };
	if (habit !== 'as files') return { status: 201, json: { file } };
	const create_blueprint = { url: server.storage.createUrl(entry), method: 'POST', headers: {}, body: '' };
	return { status: 201, json: { file, create_blueprint } };
}

function removeFile(server: ServerState, from: Package, entry: Entry, { actor }: Call): Answer {
	if (stateOf(from, server.timeline.nowMs) !== 'new') return refusal(400, 'the package is already finalized');
	const owner = entry.finalizedBy ?? entry.by;
	if (!isOwn(actor, owner)) {
		const state = entry.completedAt === undefined ? 'unfinished' : 'complete';
		server.watcher.touched(actor, `removal of ${entry.id} "${placeOf(entry)}", ${state}, of ${owner.name}`, entry);
	}
	entry.removedAt = server.timeline.nowMs;
	entry.removedBy = actor;
	server.storage.abort(entry);
	return { status: 204 };
}

function partUrls(server: ServerState, entry: Entry, { query, json }: Call): Answer {
	const uploadId = String(json?.upload_id);
	const start = Number(query.get('start'));
	const urls = Array.from({ length: Number(query.get('count')) }, (_, index) => ({
		url: server.storage.partUrl(entry, uploadId, start + index + 1),
		method: 'PUT',
		headers: {},
		body: '',
	}));
	return { status: 200, json: urls };
}

/** Assembling may take minutes at S3. The gateway before MASV does not wait for it. */
const gatewayMs = 30_000;

function finalizeFile(server: ServerState, entry: Entry, { json = {}, actor }: Call): Answer {
	const { habits, storage, dice } = server;
	if (entry.isAssembling === true) return inProgress(server);
	if (entry.completedAt !== undefined) return finalizedAgain(server);
	const uploadId = (json.file_extras as { upload_id?: string } | undefined)?.upload_id ?? '';
	const upload = storage.multiparts.get(uploadId);
	if (upload?.isOpen !== true || upload.entry !== entry) return refusal(400, 'NoSuchUpload');
	const extras = json.chunk_extras as Array<{ part_number: unknown; etag: string }>;
	// A string, as documented, though three clients send another name for it: docs/masv-api.md#contradictions
	if (extras.some(({ part_number }) => typeof part_number !== 'string')) return refusal(400, 'part_number is missing');
	const named = extras.map(({ part_number, etag }) => ({ partNumber: Number(part_number), etag }));
	const content = storage.complete(upload, named);
	if (content === 'InvalidPart')
		return refusal(400, 'InvalidPart: one or more of the specified parts could not be found');
	entry.finalizedBy = actor;
	if (!dice.chance(habits.slowAssembly)) {
		complete(server, entry, content);
		return { status: habits.done };
	}
	return assembleLater(server, upload, content);
}

function complete(server: ServerState, entry: Entry, content: Uint8Array): void {
	entry.isAssembling = false;
	entry.completedAt = server.timeline.nowMs;
	entry.content = content;
}

function assembleLater(server: ServerState, { entry }: Multipart, content: Uint8Array): Answer {
	entry.isAssembling = true;
	server.timeline.after(server.dice.between(5_000, 240_000), () => {
		if (entry.removedAt !== undefined) return;
		complete(server, entry, content);
		server.note(`${entry.id} "${placeOf(entry)}" is assembled`);
	});
	return { ...refusal(504, 'gateway timeout'), tookMs: gatewayMs };
}

function inProgress({ habits }: ServerState): Answer {
	return habits.inProgress === 'conflict'
		? refusal(409, 'finalization is in progress')
		: refusal(400, 'finalization is already in progress');
}

function finalizedAgain({ habits }: ServerState): Answer {
	if (habits.again === 'same') return { status: habits.done };
	if (habits.again === 'already') return refusal(400, 'the file is already finalized');
	return habits.again === 'conflict'
		? refusal(409, 'the file has already been finalized')
		: refusal(400, 'NoSuchUpload');
}
