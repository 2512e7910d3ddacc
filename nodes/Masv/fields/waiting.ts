const minute = 60_000;

/** How long to wait for something that MASV does. */
export const timeLimit = {
	displayName: 'Time Limit (Minutes)',
	name: 'timeLimit',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 43_200 },
	default: 1440,
	description: 'How long to wait. A time limit of n8n itself for executions also applies.',
} as const;

/** The same beside the field `wait`, which decides whether to wait at all. */
export const timeLimitOfWait = { ...timeLimit, displayOptions: { show: { '/wait': [true] } } } as const;

/** The value of {@link timeLimit} in milliseconds. */
export function timeLimitMs(minutes: number = timeLimit.default): number {
	return minutes * minute;
}
