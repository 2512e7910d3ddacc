import { runCommand } from './runCommand.ts';

/** Root needs no user namespace, and others get one where the system allows it. */
const ways = [['--uts'], ['--user', '--map-root-user', '--uts']];

/** Whether this system can run a program under another host name. */
export async function canRenameHost(): Promise<boolean> {
	return (await findWay()) !== undefined;
}

/**
 * A command that runs another one, with the same process ID, under another host name, as in a new container. Only that
 * program sees the name.
 * @throws Error if the system does not allow it: see {@link canRenameHost}
 */
export async function underHostName(hostName: string, command: string[]): Promise<string[]> {
	const way = await findWay();
	if (way === undefined) throw new Error('This system does not let a program have a host name of its own (unshare).');
	return ['unshare', ...way, '/bin/sh', '-c', 'hostname "$0" && exec "$@"', hostName, ...command];
}

async function findWay(): Promise<string[] | undefined> {
	for (const way of ways) {
		const works = await runCommand('unshare', [...way, 'hostname', 'probe'], { cwd: '/', timeoutMs: 10_000 }).then(
			() => true,
			() => false,
		);
		if (works) return way;
	}
	return undefined;
}
