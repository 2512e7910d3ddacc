/** A server that n8n needs in queue mode. */
export interface Service {
	/** What tells n8n where it is. */
	env: Record<string, string>;
	/** Does nothing to a server that was there before. */
	stop(): Promise<void>;
}

/**
 * The variables with this prefix, if they are set: the service is somewhere else, and is not started here.
 * @param needed without it, there is none
 */
export function givenService(prefix: string, needed: string): Service | undefined {
	if (process.env[needed] === undefined) return undefined;
	const given = Object.entries(process.env).filter(([name]) => name.startsWith(prefix)) as Array<[string, string]>;
	return { env: Object.fromEntries(given), stop: async () => await Promise.resolve() };
}
