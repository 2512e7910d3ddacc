import './scripts/checkNode.mjs';

/** Sources run through swc; p-limit and nock are published as ES modules only and are transformed with them. */
const esmOnly = [
	'p-limit',
	'yocto-queue',
	'nock',
	'@mswjs/interceptors',
	'rettime',
	'until-async',
	'outvariant',
	'strict-event-emitter',
	'@open-draft/.*',
	'is-node-process',
];

export const base = {
	testEnvironment: 'node',
	transform: {
		'^.+\\.[cm]?[jt]s$': [
			'@swc/jest',
			{ jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
		],
	},
	transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
	moduleFileExtensions: ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'node'],
	clearMocks: true,
	testTimeout: 60_000,
};

export default {
	...base,
	// Jest's own choice on two processors is one.
	maxWorkers: '100%',
	roots: ['<rootDir>/test'],
	testMatch: ['**/*.test.ts'],
	modulePathIgnorePatterns: ['<rootDir>/e2e/', '<rootDir>/dist/'],
};
