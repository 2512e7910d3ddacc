import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/start.ts';

/** Matches any text. */
export const anyText = expect.any(String) as unknown;

export interface Answered {
	status: number;
	headers: Headers;
	/** Decoded JSON; absent if the response has none. */
	json: Shown & Shown[];
	text: string;
}

/** The fields that tests read from responses, whatever object the response contains. */
interface Shown extends Record<string, unknown> {
	id: string;
	name: string;
	kind: string;
	state: string;
	status: number;
	code: number;
	message: string;
	errors: { field: string; msg: string; code: string; type: string }[];
	metadata: { total: number };
	records: Shown[];
	links: unknown[];
	total_updated: number;
	access_token: string;
	package_token: string;
	download_secret: string;
	url: string;
	file: Shown;
	create_blueprint: Blueprint;
}

export interface Blueprint {
	url: string;
	method: string;
	headers: Record<string, string>;
	body: string;
}

/** Sends one request to the API, with a JSON content type and no credentials unless given. */
export async function callApi(
	sandbox: Sandbox,
	route: string,
	options: { key?: boolean; token?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answered> {
	const [method = 'GET', path = ''] = route.split(' ');
	const headers: Record<string, string> = { 'content-type': 'application/json', ...options.headers };
	if (options.key === true) headers['x-api-key'] = sandbox.apiKey;
	if (options.token !== undefined) headers['x-package-token'] = options.token;
	const body = typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
	const response = await fetch(sandbox.url + path, { method, headers, body });
	const text = await response.text();
	const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
	const json = (isJson ? JSON.parse(text) : undefined) as Answered['json'];
	return { status: response.status, headers: response.headers, json, text };
}

/** Creates a team package; returns its ID and token. */
export async function createPackage(sandbox: Sandbox, fields: object = {}): Promise<{ id: string; token: string }> {
	const body = { name: 'Package', description: '', recipients: [], ...fields };
	const { status, json } = await callApi(sandbox, `POST /v1/teams/${sandbox.teamId}/packages`, { key: true, body });
	expect(status).toBe(201);
	return { id: json.id, token: json.access_token };
}

export interface AddedFile {
	packageId: string;
	token: string;
	fileId: string;
	create: Blueprint;
}

export async function addFile(
	sandbox: Sandbox,
	into: { id: string; token: string },
	fields: object = {},
): Promise<AddedFile> {
	const body = { kind: 'file', name: 'a.mov', path: '', last_modified: '2018-12-17T16:14:34.450Z', ...fields };
	const { status, json } = await callApi(sandbox, `POST /v1/packages/${into.id}/files`, { token: into.token, body });
	expect(status).toBe(201);
	return { packageId: into.id, token: into.token, fileId: json.file.id, create: json.create_blueprint };
}

export async function initiate(file: AddedFile): Promise<string> {
	const response = await fetch(file.create.url, { method: file.create.method });
	expect(response.status).toBe(200);
	return /<UploadId>(.*?)<\/UploadId>/.exec(await response.text())?.[1] ?? '';
}

export async function askPartUrls(
	sandbox: Sandbox,
	file: AddedFile,
	uploadId: string,
	start: number,
	count: number,
): Promise<Blueprint[]> {
	const route = `POST /v1/packages/${file.packageId}/files/${file.fileId}?start=${start}&count=${count}`;
	const { status, json } = await callApi(sandbox, route, { token: file.token, body: { upload_id: uploadId } });
	expect(status).toBe(200);
	return json as unknown as Blueprint[];
}

export async function putPart(blueprint: Blueprint, content: Uint8Array<ArrayBuffer>): Promise<string> {
	const response = await fetch(blueprint.url, { method: blueprint.method, body: content });
	expect(response.status).toBe(200);
	return response.headers.get('etag') ?? '';
}

export interface UploadedFile extends AddedFile {
	uploadId: string;
	etags: string[];
	size: number;
}

/** A file that has not been finalized, with all its parts in the storage. */
export async function uploadParts(
	sandbox: Sandbox,
	into: { id: string; token: string },
	parts: Uint8Array<ArrayBuffer>[],
	fields: object = {},
): Promise<UploadedFile> {
	const file = await addFile(sandbox, into, fields);
	const uploadId = await initiate(file);
	const blueprints = await askPartUrls(sandbox, file, uploadId, 0, parts.length);
	const etags: string[] = [];
	for (const [index, part] of parts.entries()) etags.push(await putPart(blueprints[index]!, part));
	return { ...file, uploadId, etags, size: parts.reduce((sum, part) => sum + part.length, 0) };
}

export async function finalizeFile(sandbox: Sandbox, file: UploadedFile, changes: object = {}): Promise<Answered> {
	return await callApi(sandbox, `POST /v1/packages/${file.packageId}/files/${file.fileId}/finalize`, {
		token: file.token,
		body: {
			chunk_extras: file.etags.map((etag, index) => ({ part_number: String(index + 1), etag })),
			file_extras: { upload_id: file.uploadId },
			size: file.size,
			...changes,
		},
	});
}

export async function finalizePackage(sandbox: Sandbox, of: { id: string; token: string }): Promise<Answered> {
	return await callApi(sandbox, `POST /v1/packages/${of.id}/finalize`, { token: of.token });
}

/** A finalized package with one small file. */
export async function sendPackage(sandbox: Sandbox, content: string, fields: object = {}) {
	const created = await createPackage(sandbox, fields);
	const file = await uploadParts(sandbox, created, [bytes(content)]);
	expect((await finalizeFile(sandbox, file)).status).toBe(204);
	expect((await finalizePackage(sandbox, created)).status).toBe(204);
	return { ...created, fileId: file.fileId };
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
	return new Uint8Array(Buffer.from(text));
}

/** Starts a sandbox for one test file and stops it afterwards. */
export function useSandbox(options?: SandboxOptions): () => Sandbox {
	let sandbox: Sandbox | undefined;
	beforeAll(async () => {
		sandbox = await startSandbox(options);
	});
	afterAll(async () => {
		await sandbox?.close();
	});
	return () => {
		if (sandbox === undefined) throw new Error('the sandbox has not started');
		return sandbox;
	};
}
