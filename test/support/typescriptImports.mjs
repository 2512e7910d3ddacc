// Lets Node run the sources as they are, which leave the ending out of their imports: `node --import <this file> <file>.ts`.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
	resolve: (specifier, context, next) => {
		const { parentURL } = context;
		if (!specifier.startsWith('.') || parentURL === undefined || parentURL.includes('/node_modules/')) {
			return next(specifier, context);
		}
		const url = new URL(specifier, parentURL);
		const ending = ['.ts', '/index.ts'].find((each) => existsSync(fileURLToPath(url.href + each)));
		return next(ending === undefined ? specifier : url.href + ending, context);
	},
});
