import type { PartPlan } from '../upload/partPlan';

/** Place and length of a part; `index` counts from 0. */
export function partRange(plan: PartPlan, bytes: number, index: number): { start: number; length: number } {
	const start = index * plan.partBytes;
	return { start, length: Math.min(plan.partBytes, bytes - start) };
}
