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
	placeholder: 'e.g. dailies',
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
	placeholder: 'e.g. 01CTDNW91C67JSHQW5JE8TGGEZ, 01J0VK7K95A2ACFRW3Z93DJ7B2',
	description: 'Comma-separated IDs of tags. Tag > Get Many outputs them.',
} as const;

export const teamspaceIds = {
	displayName: 'Teamspace IDs',
	name: 'teamspaces',
	type: 'string',
	accepts: 'list',
	default: '',
	placeholder: 'e.g. E1X6ANMGP3L5E9KFG1DF9W9J71, E1X6ANMGP3L5E9KFG1DF9W9J72',
	description: 'Comma-separated IDs of Teamspaces. Teamspace > Get Many outputs them.',
} as const;

const byNameOrAge = [
	{ name: 'Name, A to Z', value: 'name' },
	{ name: 'Name, Z to A', value: '-name' },
	{ name: 'Newest First', value: '-created_at' },
	{ name: 'Oldest First', value: 'created_at' },
] as const;

const bySize = [
	{ name: 'Size, Largest First', value: '-size' },
	{ name: 'Size, Smallest First', value: 'size' },
] as const;

/** Sort orders for every list of packages. For those of a portal, MASV names no fields: docs/masv-api.md#package-lists */
export const packageOrders = [...byNameOrAge, ...bySize] as const;

/** Sort orders for the team's own lists. n8n shows them in this order. */
export const teamOrders = [
	{ name: 'Expiry, Earliest First', value: 'expiry' },
	{ name: 'Expiry, Latest First', value: '-expiry' },
	...byNameOrAge,
	{ name: 'Sender, A to Z', value: 'sender' },
	{ name: 'Sender, Z to A', value: '-sender' },
	...bySize,
	{ name: 'State, A to Z', value: 'status' },
	{ name: 'State, Z to A', value: '-status' },
	{ name: 'Teamspace ID, A to Z', value: 'teamspace_id' },
	{ name: 'Teamspace ID, Z to A', value: '-teamspace_id' },
	{ name: 'Usage, Largest First', value: '-usage_total_bytes' },
	{ name: 'Usage, Smallest First', value: 'usage_total_bytes' },
] as const;

export const stateOptions = [
	{ name: 'Archived', value: 'archived' },
	{ name: 'Expired', value: 'expired' },
	{ name: 'Finalized', value: 'finalized' },
	{ name: 'New', value: 'new' },
] as const;
