import { spawnSync } from 'node:child_process';

/** Root needs no user namespace, and others get one where the system allows it. */
const ways = [['--pid'], ['--user', '--map-root-user', '--pid']];

/** A command that starts the one after it with process ID 1, as in a container. Undefined: the system does not allow it. */
export function asFirstProcess(): string[] | undefined {
	const way = ways.find((each) => spawnSync('unshare', [...each, '--fork', '--kill-child', 'true']).status === 0);
	return way && ['unshare', ...way, '--fork', '--kill-child'];
}
