const width = 40;
let drawn = '';

/** Draws the bar on the current line of a terminal, or on a line of its own elsewhere, if it has changed. */
export function drawBar(share: number, text: string): void {
	const filled = Math.round(width * Math.min(1, share));
	const line = `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${text}`;
	if (line === drawn) return;
	drawn = line;
	process.stdout.write(process.stdout.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

export function endBar(): void {
	if (process.stdout.isTTY && drawn !== '') process.stdout.write('\n');
	drawn = '';
}
