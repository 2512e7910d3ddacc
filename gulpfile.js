const { dest, src } = require('gulp');

/** tsc leaves out what is not code: icons, and the codex files that n8n's node panel reads. */
function assets() {
	return src(['nodes/**/*.svg', 'nodes/**/*.node.json', 'credentials/**/*.svg'], { base: '.' }).pipe(dest('dist'));
}

exports.default = assets;
