import { z } from 'zod';
import type { Context } from '../model/context.ts';
import { type ApiFailure, badRequest, invalid } from '../model/errors.ts';
import { finalizePackage } from '../model/finalizePackage.ts';
import { newId } from '../model/ids.ts';
import { advanceActivity, countFiles, requireState } from '../model/packageLife.ts';
import { requireAllowedFile } from '../model/portalRules.ts';
import { filesOf, type PackageFile } from '../model/state.ts';
import { maxPartBytes, maxParts, minPartBytes } from '../store/limits.ts';
import type { Permission } from '../store/store.ts';
import { StoreFailure } from '../store/storeFailure.ts';
import { chunkSize } from './chunkSize.ts';
import { finalizeFileBody, toListedParts } from './finalizedParts.ts';
import { integerParam } from './list.ts';
import { fileOf, portalOfPackage } from './lookups.ts';
import { openRoute, packageRoute, type Route } from './route.ts';
import { fileView } from './views.ts';

const addFileBody = z.object({
	kind: z.enum(['file', 'directory']),
	name: z.string().min(1).max(1024),
	path: z.string(),
	last_modified: z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'must be a date'),
	size: z.int().min(0).optional(),
	chunk_size: chunkSize.optional(),
});

/** Adding files to a package (MASV docs, Uploads; docs/masv-api.md#uploading). */
export const uploadRoutes: Route[] = [
	openRoute({
		// Only these three names are documented. The docs do not mention authorization, so none is required.
		step: 'getSpec',
		at: 'GET /v1/system/packages/spec',
		handle: () => ({
			status: 200,
			json: { max_chunk_count: maxParts, max_chunk_size: maxPartBytes, min_chunk_size: minPartBytes },
		}),
	}),
	packageRoute({
		step: 'addFile',
		at: 'POST /v1/packages/{package}/files',
		body: addFileBody,
		handle: (call) => {
			const { body, package: target, state } = call;
			requireState(target, ['new'], 'add files to');
			requireSafeName(body.name);
			requireSafePath(body.path);
			if (body.kind === 'directory' && call.directories === 'refused') {
				throw invalid('kind', 'directories are not supported');
			}
			const id = newId(call.nowMs);
			const file: PackageFile = {
				id,
				package_id: target.id,
				...body,
				// The docs do not mention whether a directory has content to upload or finalize: see SandboxOptions.
				finalized: body.kind === 'directory' && call.directories === 'accepted',
				key: `${target.id}/${id}`,
				partsAsked: 0,
			};
			const portal = portalOfPackage(call, target);
			if (portal !== undefined && file.kind === 'file') {
				requireAllowedFile(portal, file, [...filesOf(state, target.id), file]);
			}
			state.files.set(id, file);
			countFiles(call, target);
			advanceActivity(call, target, 'package_upload_to_masv', 'started');
			if (file.kind === 'directory' && call.directories !== 'asFiles') {
				return { status: 201, json: { file: fileView(file) } };
			}
			const create_blueprint = blueprint(call, { method: 'POST', key: file.key, query: { uploads: '' } });
			return { status: 201, json: { file: fileView(file), create_blueprint } };
		},
	}),
	packageRoute({
		step: 'partUrls',
		at: 'POST /v1/packages/{package}/files/{file}',
		body: z.object({ upload_id: z.string().min(1) }),
		handle: async (call) => {
			const file = unfinishedFileOf(call);
			const start = requiredInteger(call.query, 'start');
			const count = requiredInteger(call.query, 'count');
			if (start < 0) throw invalid('start', 'start must be 0 or greater');
			if (count < 1) throw invalid('count', 'count must be 1 or greater');
			if (start + count > maxParts) throw invalid('count', `a file has at most ${maxParts} chunks`);
			const uploadId = call.body.upload_id;
			if ((await call.store.parts(file.key, uploadId)) === undefined) throw unknownUpload();
			file.partsAsked = Math.max(file.partsAsked, start + count);
			const json = Array.from({ length: count }, (_, index) => {
				const query = { partNumber: String(start + index + 1), uploadId };
				return blueprint(call, { method: 'PUT', key: file.key, query });
			});
			return { status: 200, json };
		},
	}),
	packageRoute({
		step: 'finalizeFile',
		at: 'POST /v1/packages/{package}/files/{file}/finalize',
		body: finalizeFileBody,
		handle: async (call) => {
			const file = unfinishedFileOf(call);
			const uploadId = call.body.file_extras.upload_id;
			const stored = await call.store.parts(file.key, uploadId);
			if (stored === undefined) throw unknownUpload();
			const listed = toListedParts(call.body, stored);
			// The size given when adding a file is only "strongly recommended", and MASV's own clients can send growing files
			// (MASV help, "Send growing files"). So the size given when finalizing counts, and the Portal's rules apply to
			// it.
			const finished: PackageFile = { ...file, size: call.body.size, finalized: true };
			const portal = portalOfPackage(call, call.package);
			const others = filesOf(call.state, call.package.id).filter(({ id }) => id !== file.id);
			if (portal !== undefined) requireAllowedFile(portal, finished, [...others, finished]);
			await call.store.complete(file.key, uploadId, listed).catch((error: unknown) => {
				if (error instanceof StoreFailure) throw badRequest(`${error.code}: ${error.message}`);
				throw error;
			});
			call.state.files.set(file.id, finished);
			countFiles(call, call.package);
			return { status: 204 };
		},
	}),
	packageRoute({
		step: 'finalizePackage',
		at: 'POST /v1/packages/{package}/finalize',
		handle: (call) => {
			requireState(call.package, ['new'], 'finalize');
			finalizePackage(call, call.package);
			return { status: 204 };
		},
	}),
	packageRoute({
		// The token "authorizes the user to add and remove files from the package until the package is finalized" (MASV
		// docs, Uploads). The route is inferred (docs/masv-api.md#removing-a-file).
		step: 'deleteFile',
		at: 'DELETE /v1/packages/{package}/files/{file}',
		handle: async (call) => {
			requireState(call.package, ['new'], 'remove files from');
			const file = fileOf(call);
			call.state.files.delete(file.id);
			countFiles(call, call.package);
			await call.store.remove(file.key);
			return { status: 204 };
		},
	}),
];

function unfinishedFileOf(call: Parameters<typeof fileOf>[0] & Pick<Context, 'directories'>): PackageFile {
	const file = fileOf(call);
	requireState(call.package, ['new'], 'upload to');
	if (file.kind === 'directory' && call.directories !== 'asFiles') throw badRequest('a directory has no chunks');
	if (file.finalized) throw badRequest(`the file ${file.name} is already finalized`);
	return file;
}

/** MASV docs, Uploads, "Blueprint object". */
function blueprint({ store, signedHeaders }: Context, permission: Permission) {
	const headers: Record<string, string> = signedHeaders
		? { 'Content-Type': 'application/octet-stream', 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' }
		: {};
	return { url: store.presign({ ...permission, headers }), method: permission.method, headers, body: '' };
}

function unknownUpload(): ApiFailure {
	return invalid('upload_id', 'this file has no such upload');
}

function requiredInteger(query: URLSearchParams, name: string): number {
	const value = integerParam(query, name);
	if (value === undefined) throw invalid(name, `${name} is required`, 'required');
	return value;
}

/** A name must be a single path component. Not documented, but anything else could escape the recipient's folder. */
function requireSafeName(name: string): void {
	if (/[/\\\0]/.test(name) || name === '.' || name === '..') throw invalid('name', 'name must be a plain file name');
}

/** "File's relative path" (MASV docs, Uploads). */
function requireSafePath(path: string): void {
	const absolute = /^([/\\]|[A-Za-z]:)/.test(path);
	if (absolute || path.includes('\0') || path.split(/[/\\]/).includes('..')) {
		throw invalid('path', 'path must be relative and must not contain ..');
	}
}
