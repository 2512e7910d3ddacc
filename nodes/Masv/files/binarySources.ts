import { basename } from 'node:path';
import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import { noDate } from '../../../masv/dates';
import { MasvInputError } from '../../../masv/errors';
import { platform } from '../platform';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { toReadError } from '../../../masv/transfer/readFailure';
import { limitedStream } from '../../../masv/transfer/limitedStream';
import { checkFileName, toPackagePath } from '../../../masv/transfer/places';
import type { OpenStream } from '../../../masv/transfer/source';
import { checkReadable } from './checkBinarySize';
import type { FoundBinary } from './findBinary';
import { binaryField, findBinary } from './findBinary';
import type { NamedSource } from './namedSource';

/** How much to request from n8n at a time when binary data is streamed, in bytes. */
const streamPieceBytes = 1024 * 1024;

/**
 * The files in the given binary data or binary fields of one item, see {@link findBinary}.
 * @throws MasvInputError
 */
export async function binarySources(
	n8n: IExecuteFunctions,
	itemIndex: number,
	entries: ReadonlyArray<string | IBinaryData>,
	folder: string,
): Promise<NamedSource[]> {
	const place = `Item ${itemIndex + 1} of ${n8n.getInputData().length}`;
	const found = findBinary(n8n, itemIndex, entries);
	return await Promise.all(found.map(async (binary) => await binarySource(n8n, place, binary, folder)));
}

async function binarySource(
	n8n: IExecuteFunctions,
	place: string,
	{ key, data }: FoundBinary,
	folder: string,
): Promise<NamedSource> {
	const facts = {
		name: checkFileName(nameOf(key, data), binaryField),
		path: toPackagePath(folder, 'Folder in Package'),
	};
	// n8n keeps no time of it. The current one would make the same data another file in each run. MASV shows "no date".
	const modifiedAt = new Date(noDate);
	const describedAs = `${place}, field "${key}"`;
	// Without an ID, the item itself contains the data, base64-encoded.
	if (typeof data.id !== 'string') {
		const content = Buffer.from(data.data, 'base64');
		// The same content is the same file, also when n8n runs the node again.
		const location = `data:${platform.hashing.sha256(data.data)}`;
		return { ...bufferSource(content, { ...facts, modifiedAt, location }), describedAs };
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
			throw isMissing(error) ? prunedError(describedAs, error) : toReadError(facts, error);
		}
	}
	// Asked for even if the size is known, to find out now that there is nothing to read. n8n's own call has no time limit.
	const stored = await platform.disk.within(n8n.helpers.getBinaryMetadata(id)).catch((error: unknown) => {
		throw isMissing(error) ? prunedError(describedAs, error) : toReadError(facts, error);
	});
	const bytes = data.bytes ?? stored.fileSize;
	if (id.startsWith('database')) checkReadable(`The binary data of ${describedAs}`, binaryField, bytes);
	const source: NamedSource = {
		...facts,
		describedAs,
		kind: 'stream',
		bytes,
		modifiedAt,
		location: id,
		open: async () => await limitedStream(source, openStream(n8n, id), platform.clock),
	};
	return source;
}

async function openStream(n8n: IExecuteFunctions, id: string): Promise<OpenStream> {
	const stream = await n8n.helpers.getBinaryStream(id, streamPieceBytes);
	// Errors of the stream are reported by reading it. Once it is closed, nothing reads it.
	stream.on('error', () => undefined);
	return { pieces: stream, close: () => void stream.destroy() };
}

/** The system's code, or the errors of n8n's binary data modes, which have none. */
function isMissing(error: unknown): boolean {
	const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
	return (
		code === 'ENOENT' ||
		(typeof name === 'string' && /NotFound|NoSuchKey/.test(name)) ||
		/not found/i.test(String(error))
	);
}

function prunedError(describedAs: string, cause: unknown): MasvInputError {
	return new MasvInputError(`The binary data of ${describedAs} no longer exists in n8n`, {
		code: 'binary_data_missing',
		field: binaryField,
		hint: 'n8n deletes binary data together with the execution that it belongs to. Run the workflow from the start again.',
		cause,
	});
}

/** A file without a name is named after its key. Nodes also set names and extensions that are empty, or null. */
function nameOf(key: string, data: { fileName?: unknown; fileExtension?: unknown }): string {
	const [name, extension] = [data.fileName, data.fileExtension].map((text) => (typeof text === 'string' ? text : ''));
	const whole = name?.trim() === '' ? `${key}.${extension?.replace(/^\.+/, '')}`.replace(/\.$/, '') : name;
	return basename((whole ?? key).replaceAll('\\', '/'));
}
