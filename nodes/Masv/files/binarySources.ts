import { basename } from 'node:path';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { MasvInputError } from '../../../masv/errors';
import { platform } from '../platform';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { toReadError } from '../../../masv/transfer/readFailure';
import { limitedStream } from '../../../masv/transfer/limitedStream';
import { checkFileName, toPackagePath } from '../../../masv/transfer/places';
import type { NamedSource } from './namedSource';

const binaryField = 'Input Data Field Name';

/** How much to request from n8n at a time when binary data is streamed, in bytes. */
const streamPieceBytes = 1024 * 1024;

/**
 * The files in the named binary fields of one item; `*` means all of them.
 * @throws MasvInputError that names the field and the item
 */
export async function binarySources(
	n8n: IExecuteFunctions,
	itemIndex: number,
	fieldNames: string,
	folder: string,
): Promise<NamedSource[]> {
	const binary = n8n.getInputData()[itemIndex]?.binary ?? {};
	const names = fieldNames
		.split(',')
		.map((name) => name.trim())
		.flatMap((name) => (name === '*' ? Object.keys(binary) : [name]));
	const count = n8n.getInputData().length;
	const place = `Item ${itemIndex + 1} of ${count}`;
	if (names.length === 0) {
		throw new MasvInputError(`${place} has no binary data`, {
			code: 'binary_data_missing',
			field: binaryField,
			hint: 'Make sure that the previous node outputs a file.',
		});
	}
	return await Promise.all(names.map(async (name) => await binarySource(n8n, itemIndex, place, name, folder)));
}

async function binarySource(
	n8n: IExecuteFunctions,
	itemIndex: number,
	place: string,
	name: string,
	folder: string,
): Promise<NamedSource> {
	const data = findBinary(n8n, itemIndex, place, name);
	const facts = {
		name: checkFileName(
			basename(
				(data.fileName ?? `${name}${data.fileExtension === undefined ? '' : `.${data.fileExtension}`}`).replaceAll(
					'\\',
					'/',
				),
			),
			binaryField,
		),
		path: toPackagePath(folder, 'Folder in Package'),
	};
	const describedAs = `${place}, field "${name}"`;
	// Without an ID, the item itself contains the data, base64-encoded.
	if (data.id === undefined) {
		const content = await n8n.helpers.getBinaryDataBuffer(itemIndex, name);
		// The same content is the same file, also when n8n runs the node again.
		const location = `data:${platform.hashing.sha256(data.data)}`;
		return { ...bufferSource(content, { ...facts, modifiedAt: new Date(), location }), describedAs };
	}
	const { id } = data;
	// Only in this mode does the path point to a file. Other modes return a key of their store, which must not be used
	// as a path.
	if (id.startsWith('filesystem')) {
		// n8n's data folder itself may be a link.
		try {
			const resolved = await platform.disk.resolve(n8n.helpers.getBinaryPath(id));
			const { location, ...found } = await platform.disk.inspect(resolved);
			return platform.disk.source(location, { ...facts, ...found, describedAs });
		} catch (error) {
			throw toReadError(facts, error);
		}
	}
	const bytes = data.bytes ?? (await n8n.helpers.getBinaryMetadata(id)).fileSize;
	const source: NamedSource = {
		...facts,
		describedAs,
		kind: 'stream',
		bytes,
		modifiedAt: new Date(),
		location: id,
		open: async () => {
			const stream = await n8n.helpers.getBinaryStream(id, streamPieceBytes);
			// Errors of the stream are reported by reading it. Once it is closed, nothing reads it.
			stream.on('error', () => undefined);
			const opened = { pieces: stream, close: () => void stream.destroy() };
			return limitedStream(source, opened, platform.clock);
		},
	};
	return source;
}

function findBinary(n8n: IExecuteFunctions, itemIndex: number, place: string, name: string): IBinaryData {
	try {
		return n8n.helpers.assertBinaryData(itemIndex, name);
	} catch (cause) {
		const available = Object.keys(n8n.getInputData()[itemIndex]?.binary ?? {});
		throw new MasvInputError(`${place} has no binary field "${name}"`, {
			code: 'binary_data_missing',
			field: binaryField,
			hint:
				available.length > 0
					? `Available fields: ${available.join(', ')}.`
					: 'The item has no binary data. Make sure that the previous node outputs a file.',
			cause,
		});
	}
}
