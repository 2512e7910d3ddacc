/** A finding of n8n's scanner that is allowed, and why. */
export interface Allowed {
	rule: string;
	/** The path in the repository without its extension, or a folder, which ends with a slash. `dist` has one bundle per layer. */
	places: string[];
	reason: string;
}

/**
 * n8n's scanner decides about verification, which packages with run-time dependencies cannot have. Everything it finds is
 * listed here; a finding that is not listed fails, and so does an entry that nothing matches any more.
 */
export const allowed: Allowed[] = [
	{
		rule: '@n8n/community-nodes/no-runtime-dependencies',
		places: ['package.json'],
		reason: 'undici, zod and p-limit are dependencies on purpose; see CONTRIBUTING.md.',
	},
	{
		rule: '@n8n/community-nodes/no-restricted-imports',
		places: ['dist/masv/node/', 'nodes/Masv/platform/nodePlatform', 'dist/nodes/Masv/platform/'],
		reason: 'Only these know Node: they read and write files on disk and open connections.',
	},
	{
		rule: '@n8n/community-nodes/no-restricted-globals',
		places: ['dist/masv/node/', 'nodes/Masv/platform/nodePlatform', 'dist/nodes/Masv/platform/'],
		reason: 'Only these know Node: timers and the process.',
	},
	{
		rule: '@n8n/community-nodes/no-restricted-imports',
		places: [
			...['afterSending', 'binarySources', 'fileAccess', 'paths', 'treeReader'].map(
				(name) => `nodes/Masv/files/${name}`,
			),
			'dist/nodes/Masv/bundle',
		],
		reason: 'node:path, which takes paths apart and touches nothing.',
	},
	{
		rule: '@n8n/community-nodes/no-restricted-imports',
		places: ['nodes/Masv/trigger/receipt'],
		reason: 'The type of an HTTP response.',
	},
	{
		rule: '@n8n/community-nodes/require-node-api-error',
		places: [
			'nodes/Masv/credentialTests',
			'nodes/Masv/files/walk',
			'nodes/Masv/polling/budget',
			'nodes/Masv/polling/poll',
			'nodes/Masv/values/wallTime',
		],
		reason: 'MasvErrors become errors of n8n in one place, nodeErrors.ts.',
	},
	{
		rule: 'n8n-nodes-base/node-param-array-type-assertion',
		places: ['filters', 'newPackages', 'paging', 'portalSettings', 'storageSources', 'transfer'].map(
			(name) => `nodes/Masv/fields/${name}`,
		),
		reason: "Fields are constants, so that the types of an operation's input follow from them.",
	},
	{
		rule: 'n8n-nodes-base/node-param-default-missing',
		places: ['nodes/Masv/properties'],
		reason: 'The field is composed there; its default is an argument.',
	},
	{
		rule: 'n8n-nodes-base/node-param-option-name-wrong-for-get-many',
		places: ['nodes/Masv/resources/index'],
		reason: 'The rule takes a resource whose default is getAll for an option.',
	},
];
