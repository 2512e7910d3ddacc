import { checkApiKey, checkTeamId } from './credential';
import { MasvApiError } from './errors';

/** An API key, and the team it is used for. */
export interface Account {
	apiKey: string;
	teamId: string;
}

/** @throws MasvInputError for a value that cannot be one, also for a missing one if the other is there */
export function toAccount({ apiKey, teamId }: Partial<Account>): Account | undefined {
	if (apiKey === undefined && teamId === undefined) return undefined;
	return { apiKey: checkApiKey(apiKey ?? ''), teamId: checkTeamId(teamId ?? '') };
}

/**
 * A call that needs an account was made without one. Nothing was sent. To callers, it is what MASV itself would answer: that
 * this is not for them.
 */
export class AccountNeeded extends MasvApiError {
	constructor(operation: string) {
		super({ code: 'account_needed', operation, service: 'MASV', status: 403, details: [] });
		this.message = `Could not ${operation}. This requires an API key`;
	}
}
