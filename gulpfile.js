const { existsSync, readFileSync } = require('node:fs');
const { rm } = require('node:fs/promises');
const { dirname, join, relative, resolve } = require('node:path');
const { Transform } = require('node:stream');
const { dest, series, src } = require('gulp');
const { format } = require('prettier');
const { rollup } = require('@rollup/wasm-node');
const { builtModules } = require('./scripts/bench/builtModules.ts');

/** Where tsc writes one module per file; only until they are bundled. */
const modules = 'dist/modules';

/** tsc leaves out what is not code: icons, the codex files that n8n's node panel reads, and the schemas of the output. */
function icons() {
	return src(['nodes/**/*.svg', 'credentials/**/*.svg'], { base: '.' }).pipe(dest('dist'));
}

function descriptions() {
	const minified = changed((text) => JSON.stringify(JSON.parse(text)));
	return src(['nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], { base: '.' })
		.pipe(minified)
		.pipe(dest('dist'));
}

/** What runs in a thread of its own. */
const threadProgram = 'masv/node/thread/program.js';

/** What n8n and a thread load, and what the benchmark calls. Each is a file of its own, which reads the bundles. */
function entries() {
	const { n8n } = JSON.parse(readFileSync('package.json', 'utf8'));
	const loaded = [...n8n.nodes, ...n8n.credentials].map((file) => relative('dist', file));
	return [...loaded, threadProgram, ...builtModules];
}

/**
 * All other modules, in one bundle for each layer. 500 small files compress badly, because npm sorts them by their names, and
 * take twice as long to load.
 */
const layers = [
	{ folder: 'masv/node/', bundle: 'masv/node/bundle' },
	{ folder: 'masv/', bundle: 'masv/bundle' },
	{ folder: 'nodes/Masv/platform/', bundle: 'nodes/Masv/platform/bundle' },
	{ folder: 'nodes/', bundle: 'nodes/Masv/bundle' },
];

/** @returns the file that an import without extension means; undefined for packages and modules of Node */
function findModule(id, importer) {
	if (importer === undefined || !id.startsWith('.')) return undefined;
	const path = resolve(dirname(importer), id);
	return [`${path}.js`, join(path, 'index.js')].find((file) => existsSync(file));
}

/** @returns the modules that a module needs, and the modules that those need */
function importedBy(file, getModuleInfo, found = new Set()) {
	for (const id of getModuleInfo(resolve(modules, file))?.importedIds ?? []) {
		if (found.has(id)) continue;
		found.add(id);
		importedBy(id, getModuleInfo, found);
	}
	return found;
}

async function bundle() {
	const inputs = entries();
	const bundles = await rollup({
		input: Object.fromEntries(inputs.map((file) => [file.replace(/\.js$/, ''), join(modules, file)])),
		external: (id) => !/^[./]/.test(id),
		plugins: [{ name: 'extensions', resolveId: findModule }],
		onwarn: ({ message }) => {
			throw new Error(message);
		},
	});
	await bundles.write({
		dir: 'dist',
		format: 'cjs',
		generatedCode: 'es2015',
		// As tsc compiles it: p-limit is an ES module, whose function is the default of what require() returns.
		interop: 'auto',
		externalLiveBindings: false,
		hoistTransitiveImports: false,
		chunkFileNames: '[name].js',
		manualChunks: (id, { getModuleInfo }) => {
			const file = relative(resolve(modules), id);
			// A thread loads nothing else.
			if (importedBy(threadProgram, getModuleInfo).has(id)) return 'masv/node/thread/bundle';
			if (file === threadProgram || /\.(node|credentials)\.js$/.test(file)) return undefined;
			return layers.find(({ folder }) => file.startsWith(folder))?.bundle;
		},
	});
	await bundles.close();
	await rm(modules, { recursive: true });
}

/** Written like this, the packed package is smaller and still readable. */
const compactFormat = {
	parser: 'babel',
	useTabs: true,
	printWidth: 240,
	objectWrap: 'collapse',
	trailingComma: 'none',
	arrowParens: 'avoid',
	singleQuote: true,
};

function compact() {
	return src('dist/**/*.js')
		.pipe(changed(async (text) => await format(text, compactFormat)))
		.pipe(dest('dist'));
}

/** @param change from the text of a file to its new text */
function changed(change) {
	return new Transform({
		objectMode: true,
		transform(file, _encoding, done) {
			Promise.resolve(file.contents.toString())
				.then(change)
				.then((text) => {
					file.contents = Buffer.from(text);
					done(null, file);
				}, done);
		},
	});
}

exports.default = series(icons, descriptions, bundle, compact);
