const { Transform } = require('node:stream');
const { dest, series, src } = require('gulp');
const { format } = require('prettier');

/** tsc leaves out what is not code: icons, the codex files that n8n's node panel reads, and the schemas of the output. */
function assets() {
	return src(['nodes/**/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json', 'credentials/**/*.svg'], {
		base: '.',
	}).pipe(dest('dist'));
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

function compact() {
	const reformat = new Transform({
		objectMode: true,
		transform(file, _encoding, done) {
			format(file.contents.toString(), compactFormat).then((code) => {
				file.contents = Buffer.from(code);
				done(null, file);
			}, done);
		},
	});
	return src('dist/**/*.js').pipe(reformat).pipe(dest('dist'));
}

exports.default = series(assets, compact);
