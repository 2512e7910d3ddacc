import type { Clock } from '../clock';
import { inTurns, quickly } from '../inTurns';
import type { UploadedFile } from './uploadedFile';

/** Sums over all files of a delivery. */
export interface Totals {
	bytes: number;
	parts: number;
	retried_parts: number;
	resumed_parts: number;
}

/** In turns with other work of the process. */
export async function sumUp(files: readonly UploadedFile[], clock: Pick<Clock, 'sleep'>): Promise<Totals> {
	const sums: Totals = { bytes: 0, parts: 0, retried_parts: 0, resumed_parts: 0 };
	const add = ({ size, parts, retried_parts: retried, resumed_parts: resumed }: UploadedFile): void => {
		sums.bytes += size;
		sums.parts += parts;
		sums.retried_parts += retried;
		sums.resumed_parts += resumed;
	};
	await inTurns(files, clock, add, quickly);
	return sums;
}
