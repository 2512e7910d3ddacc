import { dayMs } from './model/packageLife.ts';
import type { Portal } from './model/state.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * Adds one portal, one received package and one expired package to a new sandbox, so that there is something to try.
 */
export function seedExamples(sandbox: Sandbox, withFiles: boolean): Portal {
	const portal = sandbox.seedPortal({ name: 'Dailies', subdomain: 'dailies', message: 'Send us your dailies' });
	const files = [
		{ name: 'clip.mov', path: 'day-1', content: 'not really a film\n' },
		{ name: 'notes.txt', content: 'scene 1, take 2\n' },
	];
	sandbox.seedPackage({
		name: 'Second unit',
		description: 'Received through the portal',
		portal_id: portal.id,
		...(withFiles ? { files } : {}),
	});
	sandbox.seedPackage({
		name: 'Last month',
		description: 'Expired, so it can be archived',
		state: 'expired',
		expiry: new Date(Date.now() - 20 * dayMs).toISOString(),
		created_at: new Date(Date.now() - 30 * dayMs).toISOString(),
	});
	return portal;
}

/** Printed on start: everything needed to use the sandbox. */
export function startMessage(sandbox: Sandbox, portal: Portal, embedded: boolean): string {
	const lines = [
		['Base URL', sandbox.url],
		['API key', sandbox.apiKey],
		['Team ID', sandbox.teamId],
		['Portal ID', `${portal.id}  (${portal.subdomain})`],
		['Storage', sandbox.storageUrl],
		['Files', embedded ? sandbox.folder : `bucket ${sandbox.storageKeys.bucket}`],
	];
	const block = lines.map(([name = '', value = '']) => `  ${name.padEnd(10)} ${value}`).join('\n');
	return `MASV sandbox\n\n${block}\n\nPress Ctrl+C to stop it.`;
}
