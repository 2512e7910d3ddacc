import type { EmbeddedStore } from './embeddedStore.ts';
import { presign, type Signer } from './sigV4.ts';
import type { Store } from './store.ts';

export interface LocalStoreOptions {
	embedded: EmbeddedStore;
	/** URL of the storage. */
	url: string;
	signer: Signer;
	bucket: string;
	lifetimeSeconds: number;
	now: () => number;
}

/** The embedded store as the API uses it: function calls for itself, pre-signed URLs for clients. */
export function localStore({ embedded, url, signer, bucket, lifetimeSeconds, now }: LocalStoreOptions): Store {
	return {
		url,
		presign: ({ key, ...permission }) =>
			presign(signer, { ...permission, url: `${url}/${bucket}/${key}`, nowMs: now(), lifetimeSeconds }),
		parts: (key, uploadId) => {
			const isOpen = embedded.uploads(key).some((upload) => upload.id === uploadId);
			return Promise.resolve(isOpen ? embedded.parts(key, uploadId) : undefined);
		},
		complete: async (key, uploadId, parts) => void (await embedded.complete(key, uploadId, parts)),
		remove: async (key) => await embedded.remove(key),
		read: (key) => Promise.resolve(key).then((name) => embedded.open(embedded.object(name))),
		openUploads: () => embedded.openUploads(),
		seed: (key, content, partBytes) => embedded.seed(key, content, partBytes),
	};
}
