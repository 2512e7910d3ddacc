import { builtinModules } from 'node:module';

import eslint from '@eslint/js';
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import regexp from 'eslint-plugin-regexp';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const n8nCode = ['nodes/**/*.ts', 'credentials/**/*.ts'];

/**
 * What may not be imported where, so that the direction of dependence stays as it was drawn. For a file that several of
 * these concern, only the last one counts.
 */
const forbid = (files, ...patterns) => ({
	files,
	rules: {
		'no-restricted-imports': [
			'error',
			{
				patterns: patterns.map(([what, message]) => ({
					...(what instanceof RegExp ? { regex: what.source } : { group: what }),
					message,
				})),
			},
		],
	},
});

/** The start of an import of a Node module without `node:`, or of undici, which runs on Node only. */
const nodeModuleName = `(${builtinModules.join('|')}|undici)(/|$)`;

const knowsNoN8n = [
	[['n8n', 'n8n-*', '@n8n/*', '**/nodes/**', '**/credentials/**'], 'masv/ knows nothing of n8n.'],
	[['**/sandbox/**', '**/scripts/**', '**/test/**', '**/e2e/**'], 'masv/ stands alone.'],
];

const knowsNoPlatform = [
	...knowsNoN8n,
	[new RegExp(`^(node:|${nodeModuleName})`), 'Only masv/node/ knows Node.'],
	[['**/node/**'], 'masv/node/ is one platform; what it gives is passed to the rest of masv/ as an argument.'],
];

/** What a platform gives, by the name under which Node has it. */
const platformGlobals = {
	clock: [
		'setTimeout',
		'setInterval',
		'setImmediate',
		'clearTimeout',
		'clearInterval',
		'clearImmediate',
		'performance',
	],
	hashing: ['crypto'],
	transport: ['fetch', 'WebSocket', 'EventSource'],
};

const nodeGlobals = ['process', 'Buffer', 'require', 'module', 'exports', '__dirname', '__filename', 'global'];

/** Files that run on every platform take time, randomness and the rest through ports. */
const onAnyPlatform = {
	files: ['masv/**/*.ts'],
	ignores: ['masv/node/**'],
	rules: {
		'no-restricted-globals': [
			'error',
			...Object.entries(platformGlobals).flatMap(([port, names]) =>
				names.map((name) => ({ name, message: `Use the ${port} that is passed in.` })),
			),
			...nodeGlobals.map((name) => ({ name, message: 'Only masv/node/ knows Node.' })),
			{ name: 'globalThis', message: 'It hides which global is meant.' },
		],
		'no-restricted-properties': [
			'error',
			{ object: 'AbortSignal', property: 'timeout', message: 'Use the clock that is passed in.' },
			{ object: 'Date', property: 'now', message: 'Use the clock that is passed in.' },
			{ object: 'Math', property: 'random', message: 'Use the clock that is passed in.' },
		],
		'no-restricted-syntax': [
			'error',
			{
				selector: ':matches(NewExpression[arguments.length=0], CallExpression)[callee.name="Date"]',
				message: 'Use the clock that is passed in.',
			},
			{
				selector: ':matches(TSTypeReference[typeName.name="Buffer"], TSQualifiedName[left.name="NodeJS"])',
				message: 'Only masv/node/ knows Node.',
			},
			{ selector: 'ImportExpression', message: 'No rule sees what is imported here.' },
		],
	},
};

/** What n8n's code may not import but for its types; each item: what, why. Replaces such rules of wider sets of files. */
const forbidValues = (files, ignores, ...patterns) => ({
	files,
	ignores,
	rules: {
		'@typescript-eslint/no-restricted-imports': [
			'error',
			{ patterns: patterns.map(([what, message]) => ({ ...what, message, allowTypeImports: true })) },
		],
	},
});

const platformOnly = [{ group: ['**/masv/node/**'] }, 'Ask the platform for it; see nodes/Masv/platform.'];
/** With and without `node:`; a module that is allowed is imported with it. */
const nodeModules = (allowed = 'none') => [
	{ regex: `^(node:(?!${allowed}$)|${nodeModuleName})` },
	'The nodes run on whatever the platform gives; see nodes/Masv/platform.',
];

const notInPackage = [['**/sandbox/**', '**/test/**', '**/e2e/**', 'n8n-core'], 'Not part of the package.'];
const importsNoTrigger = [
	['**/trigger', '**/polling', '**/*.node'],
	'What operations use does not import the nodes or their triggers.',
];
const importsNoOperation = [['**/resources'], 'Operations import what they share, not the other way round.'];

const documentedOnly = [
	['**/masv/**', '**/nodes/**', '**/credentials/**', 'n8n-*'],
	'The sandbox is written from the documentation alone; otherwise it would share the misunderstandings of the client.',
];

/** The files in sandbox/api that hold no routes. */
const sandboxShared = ['chunkSize', 'finalizedParts', 'list', 'lookups', 'portalBody', 'route', 'views'];

export default tseslint.config(
	{ ignores: ['dist/', 'node_modules/', 'coverage/', 'e2e/.n8n/', '.tmp/'] },
	{
		files: ['**/*.ts'],
		extends: [eslint.configs.recommended, ...tseslint.configs.recommendedTypeChecked],
		languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
		rules: {
			eqeqeq: 'error',
			'no-control-regex': 'off', // File names and keys are checked for control characters.
			'@typescript-eslint/consistent-type-imports': 'error',
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
			'@typescript-eslint/only-throw-error': 'off', // What was caught is thrown again as it was.
			'@typescript-eslint/prefer-promise-reject-errors': 'off',
			'@typescript-eslint/no-redundant-type-constituents': 'off',
		},
	},
	{
		// Texts of strangers stop all of n8n if a pattern takes quadratic time. See masv/trimEnds.ts.
		files: ['masv/**/*.ts', ...n8nCode],
		plugins: { regexp },
		rules: {
			'regexp/no-super-linear-backtracking': 'error',
			'regexp/no-super-linear-move': ['error', { report: 'certain' }],
		},
	},
	{ files: ['**/*.{js,mjs}'], extends: [eslint.configs.recommended], languageOptions: { globals: globals.node } },
	{
		files: n8nCode,
		plugins: {
			'n8n-nodes-base': n8nNodesBase,
			...n8nCommunityNodesPlugin.configs.recommendedWithoutN8nCloudSupport.plugins,
		},
		rules: {
			...n8nCommunityNodesPlugin.configs.recommendedWithoutN8nCloudSupport.rules,
			...n8nNodesBase.configs.nodes.rules,
			// Errors are made in masv/ and translated for n8n in one place, nodeErrors.ts.
			'@n8n/community-nodes/require-node-api-error': 'off',
			// n8n's own scanner switches these two off as well; they contradict NodeConnectionTypes.
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
			// Fields are constants, so that the types of an operation's input follow from them; see operation.ts.
			'n8n-nodes-base/node-param-array-type-assertion': 'off',
		},
	},
	{
		files: ['credentials/**/*.ts'],
		rules: {
			...n8nNodesBase.configs.credentials.rules,
			// Wants a page of n8n's own documentation; n8n's scanner switches it off for community packages.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
			// An access code is a secret, whatever its name looks like.
			'@n8n/community-nodes/credential-unnecessary-password': 'off',
		},
	},
	{ files: ['nodes/Masv/properties.ts'], rules: { 'n8n-nodes-base/node-param-default-missing': 'off' } },
	{
		// The rule takes a resource whose default is getAll for an option, and its fix renames the resource.
		files: ['nodes/Masv/resources/index.ts'],
		rules: { 'n8n-nodes-base/node-param-option-name-wrong-for-get-many': 'off' },
	},
	onAnyPlatform,
	forbid(['masv/**/*.ts'], ...knowsNoPlatform),
	forbid(['masv/node/**/*.ts'], ...knowsNoN8n),
	forbid(['masv/transfer/**/*.ts'], ...knowsNoPlatform, [
		['**/upload/**', '**/download/**'],
		'masv/transfer/ is what both directions share; it knows neither.',
	]),
	forbid(['masv/upload/**/*.ts'], ...knowsNoPlatform, [
		['**/download/**'],
		'What both directions share: masv/transfer/.',
	]),
	forbid(['masv/download/**/*.ts'], ...knowsNoPlatform, [
		['**/upload/**'],
		'What both directions share: masv/transfer/.',
	]),
	forbidValues(n8nCode, ['nodes/Masv/platform/**'], platformOnly, nodeModules()),
	forbidValues(['nodes/Masv/files/**/*.ts'], [], platformOnly, nodeModules('path')),
	forbidValues(
		['nodes/Masv/resources/*/*.ts'],
		['**/index.ts'],
		platformOnly,
		nodeModules(),
		[{ group: ['n8n-workflow'] }, 'An operation throws MasvErrors and returns plain JSON.'],
		[{ group: ['**/connect', '**/platform', '**/platform/**'] }, 'An operation is given its client.'],
		[
			{ regex: '^\\./|^\\.\\./[^.]' },
			'Operations never import each other; what they share stands in fields/ or files/.',
		],
	),
	{
		files: n8nCode,
		ignores: ['nodes/Masv/platform/**'],
		rules: {
			'no-restricted-globals': [
				'error',
				{ name: 'process', message: 'Ask the platform.' },
				{ name: 'fetch', message: 'Use MasvClient.' },
				{ name: 'globalThis', message: 'It hides which global is meant.' },
			],
		},
	},
	forbid([...n8nCode], notInPackage),
	forbid(['nodes/Masv/resources/**/*.ts'], notInPackage, importsNoTrigger),
	forbid(['nodes/Masv/{fields,files}/**/*.ts'], notInPackage, importsNoTrigger, importsNoOperation),
	forbid(['nodes/Masv/values/**/*.ts'], notInPackage, importsNoTrigger, importsNoOperation, [
		/^\.\.\/(fields|files)(\/|$)/,
		'values/ only converts values; it does not know the fields that they come from.',
	]),
	forbid(['sandbox/**/*.ts'], documentedOnly),
	forbid(
		['test/sandbox/**/*.ts'],
		[['**/masv/**', '**/nodes/**'], "The sandbox is tested against MASV's documentation, not against the client."],
	),
	forbid(['sandbox/model/**/*.ts'], documentedOnly, [
		['**/api/**', '**/http/**'],
		'The model knows neither routes nor servers.',
	]),
	forbid(['sandbox/store/**/*.ts'], documentedOnly, [
		['**/api/**', '**/model/**'],
		'The storage knows S3 and nothing of MASV.',
	]),
	forbid(['sandbox/http/**/*.ts'], documentedOnly, [
		['**/api/**', '**/store/**'],
		'Servers, faults and webhooks know neither routes nor storage.',
	]),
	forbid(['sandbox/api/**/*.ts'], documentedOnly, [
		['./*', ...sandboxShared.map((name) => `!./${name}.ts`)],
		'Routes never import each other; see api/lookups.ts.',
	]),
	forbid(
		['e2e/n8n/**/*.ts'],
		[
			['**/support/**', '**/*.e2e.ts', '**/*.burst.ts', '**/test/**'],
			'Scripts use this harness: it must not need tests.',
		],
	),
);
