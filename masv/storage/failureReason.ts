import type { ActivityType } from '../activities';
import { activityPackageIdOf, activityStateOf, activityTypeOf, readActivityPage, withoutTokens } from '../activities';
import type { MasvClient } from '../client';
import { MasvCancelledError } from '../errors';
import { toShown } from '../shownText';
import { outcomeOf } from './transferState';

const maxLength = 300;

/**
 * Why a transfer or an activity failed, in MASV's words and without secrets. It is in `extras`, whose form is not documented:
 * docs/masv-api.md#activities
 * @returns undefined if MASV gives no reason
 */
function failureReason(client: MasvClient, failed: Record<string, unknown>): string | undefined {
	const { extras, error, message } = withoutTokens(failed);
	const texts = [extras, error, message].flatMap((value) => textsIn(value));
	if (texts.length === 0) return undefined;
	return toShown(client.secrets, texts.join('; '), maxLength);
}

/** The texts under keys that are named like an error, or else all texts. */
function textsIn(value: unknown): string[] {
	if (typeof value === 'string') return value.trim() === '' ? [] : [value.trim()];
	if (typeof value !== 'object' || value === null) return [];
	const named = Object.entries(value).filter(([name]) => /error|message|reason|detail/i.test(name));
	const about = named.length > 0 ? named.map(([, entry]) => entry as unknown) : (Object.values(value) as unknown[]);
	return about.flatMap((entry) => textsIn(entry));
}

/** The same; if the record gives no reason, the last failed activity of this type may. */
export async function findFailureReason(
	client: MasvClient,
	packageId: string,
	failed: Record<string, unknown>,
	type: ActivityType,
): Promise<string | undefined> {
	const own = failureReason(client, failed);
	if (own !== undefined) return own;
	try {
		const query = { activity_types: [type], package_id: packageId, sort: '-created_at' };
		const activity = (await readActivityPage(client, query, 1)).records.find(
			(listed) =>
				activityTypeOf(listed) === type &&
				activityPackageIdOf(listed) === packageId &&
				outcomeOf(activityStateOf(listed)) === 'failed',
		);
		return activity && failureReason(client, activity);
	} catch (error) {
		// The failure itself is reported, whether or not its reason is known.
		if (error instanceof MasvCancelledError) throw error;
		return undefined;
	}
}
