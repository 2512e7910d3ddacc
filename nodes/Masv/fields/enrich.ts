export const enrich = {
	displayName: 'Include Package Details',
	name: 'enrich',
	type: 'boolean',
	default: false,
	description: 'Whether to add the package, its files and its form data to each event',
} as const;
