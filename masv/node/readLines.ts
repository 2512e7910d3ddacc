import type { FileHandle } from 'node:fs/promises';

/** Parsing this much takes a millisecond or two; between two pieces, n8n can do something else. */
const pieceBytes = 256 * 1024;

/**
 * The JSON objects in a file, one per line. What is not one is skipped: a line that a crash truncated, the zeros that some
 * file systems leave behind after a power failure.
 * @param containing only the lines that contain this text
 */
export async function readLines(handle: FileHandle, containing = ''): Promise<object[]> {
	const lines: object[] = [];
	const decoder = new TextDecoder();
	const { size } = await handle.stat();
	// There may be thousands of small records.
	const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, size + 1));
	/** The beginning of a line whose end has not been read yet. Joined only once, so that a long line costs linear time. */
	let begun: string[] = [];
	for (let position = 0; ;) {
		const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
		if (bytesRead === 0) break;
		position += bytesRead;
		const text = decoder.decode(buffer.subarray(0, bytesRead), { stream: true });
		const end = text.lastIndexOf('\n');
		if (end === -1) {
			begun.push(text);
			continue;
		}
		parseInto(lines, begun.join('') + text.slice(0, end), containing);
		begun = [text.slice(end + 1)];
	}
	parseInto(lines, begun.join('') + decoder.decode(), containing);
	return lines;
}

function parseInto(lines: object[], text: string, containing: string): void {
	for (const line of text.split('\n')) {
		if (line === '' || !line.includes(containing)) continue;
		try {
			const value: unknown = JSON.parse(line);
			if (typeof value === 'object' && value !== null) lines.push(value);
		} catch {
			// What the line recorded is done again.
		}
	}
}
