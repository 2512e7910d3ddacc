const { readdirSync, readFileSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const { Transform } = require('node:stream');
const { dest, series, src } = require('gulp');
const { format } = require('prettier');

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

/** tsc indents with four spaces and keeps every line break. Written like this, the packed package is smaller and still readable. */
const compactFormat = {
	parser: 'babel',
	useTabs: true,
	printWidth: 240,
	objectWrap: 'collapse',
	trailingComma: 'none',
	arrowParens: 'avoid',
	singleQuote: true,
};

/**
 * `(0, module.f)(x)` keeps `f` from getting the module as `this`, which no function of ours and none that we import looks at.
 * `exports.a = exports.b = void 0` declares what follows anyway.
 */
async function compactCode(text) {
	const code = await format(text, compactFormat);
	return code.replace(/\(0, ([\w$]+\.[\w$]+)\)\(/g, '$1(').replace(/^exports\.[\w$ .=]* = void 0;\n/gm, '');
}

function compact() {
	return src('dist/**/*.js').pipe(changed(compactCode)).pipe(dest('dist'));
}

/** Modules of types only: nothing imports them at run time. */
async function dropEmpty() {
	const empty = "'use strict';\nObject.defineProperty(exports, '__esModule', { value: true });\n";
	for (const name of readdirSync('dist', { recursive: true })) {
		const file = join('dist', name);
		if (name.endsWith('.js') && readFileSync(file, 'utf8') === empty) rmSync(file);
	}
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

exports.default = series(icons, descriptions, compact, dropEmpty);
