import type { Actor, Answer, Package } from './model';
import { refusal } from './model';
import type { Call, ServerState } from './state';

/** Handles a request about a package, if its token is right. */
export function withToken(server: ServerState, call: Call, handle: (found: Package) => Answer): Answer {
	const found = server.packages.find(({ id }) => id === call.path[2]);
	if (found === undefined) return refusal(404, 'no such package');
	return found.tokens.has(call.headers['x-package-token'] ?? '') ? handle(found) : refusal(401, 'wrong token');
}

/** Whether what one made belongs to the other, too. */
export function isOwn(actor: Actor, by: Actor): boolean {
	return actor.delivery === undefined || actor.delivery === by.delivery;
}
