/** The name of something to create. */
export const newName = {
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	required: true,
	description: 'Name shown in MASV',
} as const;
