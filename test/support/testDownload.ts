import { z } from 'zod';

import type { MasvClient } from '../../masv/client';
import type { FileToDownload } from '../../masv/download/downloadRun';
import { createLink } from '../../masv/links';
import type { FileSink } from '../../masv/transfer/sink';
import type { Sandbox, SeededFile } from '../../sandbox/start';

/** A package with files, and a link through which they are downloaded. */
export interface TestPackage {
	/**
	 * The file at this position, to be received by this sink.
	 * @param client asks for its address
	 */
	file(client: MasvClient, index: number, sink: FileSink, more?: Partial<FileToDownload>): FileToDownload;
}

const linkSchema = z.object({ package_token: z.string() });
const addressSchema = z.object({ url: z.string() }).transform(({ url }) => ({ url, headers: {}, body: '' }));

/** @param client creates the link */
export async function seedDownload(sandbox: Sandbox, client: MasvClient, files: SeededFile[]): Promise<TestPackage> {
	const { id } = sandbox.seedPackage({ files });
	const link = await createLink(client, id, {});
	const { package_token: token } = await client.call({
		operation: 'look up the link',
		method: 'GET',
		path: `/v1/links/${link.id}`,
		query: { secret: link.download_secret ?? '' },
		authorization: { kind: 'link', password: undefined },
		schema: linkSchema,
	});
	const listed = sandbox.files(id);
	return {
		file: (by, index, sink, more) => {
			const file = listed[index];
			if (file === undefined) throw new Error(`There is no file ${index}`);
			return {
				id: file.id,
				name: file.name,
				path: file.path,
				bytes: file.size,
				modifiedAt: new Date(file.last_modified),
				partBytes: files[index]?.partBytes,
				sink,
				address: async () =>
					await by.call({
						operation: `get the address of "${file.name}"`,
						method: 'GET',
						path: `/v1/packages/${id}/files/${file.id}/download`,
						authorization: { kind: 'package', token },
						schema: addressSchema,
					}),
				...more,
			};
		},
	};
}
