import { isHtmlPage } from '../answers';
import type { MasvClient } from '../client';
import type { RetryPolicy } from '../retry';

/**
 * Asks again where an answer may not be MASV's own: an HTML page is a gateway's, for as long as the policy permits.
 * @param isRefusal refusals that count only if they are repeated, because a gateway may say the same without a page
 * @throws the last error of `ask`
 */
export function askAgain<T>(
	client: MasvClient,
	policy: RetryPolicy,
	ask: () => Promise<T>,
	isRefusal: (error: unknown) => boolean = () => false,
): Promise<T> {
	let refusals = 0;
	return client.retry(ask, {
		policy,
		isTransient: (error) => isHtmlPage(error) || (isRefusal(error) && ++refusals < 2),
	});
}
