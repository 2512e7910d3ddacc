/** The name of something to create. */
export const newName = {
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. Second Unit',
	description: 'Name shown in MASV',
} as const;
