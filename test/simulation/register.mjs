/** Lets Node run the TypeScript of masv/ and nodes/, whose imports have no endings. */
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
	resolve: (specifier, context, next) => {
		if (specifier.startsWith('.') && context.parentURL !== undefined) {
			for (const ending of ['.ts', '/index.ts']) {
				const url = new URL(`${specifier}${ending}`, context.parentURL);
				if (existsSync(fileURLToPath(url))) return { url: url.href, format: 'module-typescript', shortCircuit: true };
			}
		}
		return next(specifier, context);
	},
	load: (url, context, next) => {
		if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
		const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
		return { format: 'module', source, shortCircuit: true };
	},
});
