import type { Context } from './context.ts';
import { badRequest } from './errors.ts';
import { advanceActivity } from './packageLife.ts';
import { filesOf, isoDate, linksOf, type Package } from './state.ts';

/**
 * Activates links and sends webhooks (docs/masv-api.md#finalizing-a-package). MASV also sends emails; the sandbox does
 * not.
 */
export function finalizePackage(context: Context, target: Package): void {
	const files = filesOf(context.state, target.id);
	// Not documented, but a package "represents a set of files" (MASV docs, Core concepts).
	if (files.length === 0) throw badRequest('the package has no files');
	const unfinished = files.filter((file) => !file.finalized);
	if (unfinished.length > 0) {
		const names = unfinished.slice(0, 5).map((file) => file.name);
		throw badRequest(`${unfinished.length} file(s) of the package have not been finalized: ${names.join(', ')}`);
	}
	target.state = 'finalized';
	target.updated_at = isoDate(context.now());
	for (const link of linksOf(context.state, target.id)) link.active = !link.disabled;
	advanceActivity(context, target, 'package_upload_to_masv', 'complete');
	context.webhooks.announce(context.state, target, 'package.finalized');
}
