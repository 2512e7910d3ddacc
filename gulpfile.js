const { dest, src } = require('gulp');

/** tsc leaves out what is not code: icons, the codex files that n8n's node panel reads, and the schemas of the output. */
function assets() {
	return src(['nodes/**/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json', 'credentials/**/*.svg'], {
		base: '.',
	}).pipe(dest('dist'));
}

exports.default = assets;
