import type { Portal, Sandbox } from '../../sandbox/start.ts';
import { callApi, finalizeFile, finalizePackage, uploadParts } from '../../test/sandbox/callApi.ts';

export interface PortalUpload {
	name: string;
	sender: string;
	/** Content by file name. */
	files: Record<string, string>;
	/** The sender's answers by field name. */
	form?: Record<string, string>;
}

/** A package that a sender has started. */
export interface BegunUpload {
	packageId: string;
	/** Uploads the files and finalizes the package. */
	finish: () => Promise<void>;
}

/** Uploads like a sender's browser: form, package, files, finalize. Returns the package ID. */
export async function uploadThrough(sandbox: Sandbox, portal: Portal, upload: PortalUpload): Promise<string> {
	const { packageId, finish } = await beginUpload(sandbox, portal, upload);
	await finish();
	return packageId;
}

export async function beginUpload(sandbox: Sandbox, portal: Portal, upload: PortalUpload): Promise<BegunUpload> {
	const { name, sender, files, form } = upload;
	const body = {
		name,
		description: '',
		sender,
		...(form !== undefined && { form_data_id: sandbox.seedFormResponse(portal.id, form) }),
	};
	const { status, json } = await callApi(sandbox, `POST /v1/portals/${portal.id}/packages`, { body });
	expect(status).toBe(201);
	const into = { id: json.id, token: json.access_token };
	return {
		packageId: into.id,
		finish: async () => {
			for (const [fileName, content] of Object.entries(files)) {
				const file = await uploadParts(sandbox, into, [new Uint8Array(Buffer.from(content))], { name: fileName });
				expect((await finalizeFile(sandbox, file)).status).toBe(204);
			}
			expect((await finalizePackage(sandbox, into)).status).toBe(204);
		},
	};
}
