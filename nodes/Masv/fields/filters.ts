/** Filters shared by several lists. n8n requires each list to sort them by name. */

export const createdWithin = [
	{
		displayName: 'Created After',
		name: 'createdAfter',
		type: 'dateTime',
		default: '',
		description: 'Earliest creation date',
	},
	{
		displayName: 'Created Before',
		name: 'createdBefore',
		type: 'dateTime',
		default: '',
		description: 'Latest creation date',
	},
] as const;

export const nameContains = {
	displayName: 'Name Contains',
	name: 'name',
	type: 'string',
	default: '',
	description: 'Part of the name',
} as const;

export const fromSender = {
	displayName: 'Sender',
	name: 'sender',
	type: 'string',
	default: '',
	placeholder: 'e.g. anna@example.com',
	description: 'Exact email address of the sender',
} as const;

export const tagIds = {
	displayName: 'Tag IDs',
	name: 'tags',
	type: 'string',
	accepts: 'list',
	default: '',
	description: 'Comma-separated IDs',
} as const;

export const teamspaceIds = {
	displayName: 'Teamspace IDs',
	name: 'teamspaces',
	type: 'string',
	accepts: 'list',
	default: '',
	description: 'Comma-separated IDs',
} as const;

/** Sort orders that every list of packages supports. */
export const packageOrders = [
	{ name: 'Name', value: 'name' },
	{ name: 'Newest First', value: '-created_at' },
	{ name: 'Oldest First', value: 'created_at' },
	{ name: 'Size, Largest First', value: '-size' },
	{ name: 'Size, Smallest First', value: 'size' },
] as const;

/** Sort orders that only the team's own lists support. */
export const expiryOrders = [
	{ name: 'Expiry, Earliest First', value: 'expiry' },
	{ name: 'Expiry, Latest First', value: '-expiry' },
] as const;

export const stateOptions = [
	{ name: 'Archived', value: 'archived' },
	{ name: 'Expired', value: 'expired' },
	{ name: 'Finalized', value: 'finalized' },
	{ name: 'New', value: 'new' },
] as const;
