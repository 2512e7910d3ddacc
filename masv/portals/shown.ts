import { withoutCredentials } from '../storage/connections';
import { withoutHeaderValues } from '../webhooks/manage';
import { webhookSchema } from '../schemas';
import type { WholePortal } from './wholePortal';

/**
 * The portal for output: without its passwords (docs/masv-api.md#portal-passwords), the headers of its webhooks and the credentials
 * of its storage connections. No sample of a portal has them, but its webhooks and connections are those of their own routes.
 */
export function withoutSecrets(portal: WholePortal): WholePortal {
	const { access_code: _code, download_password: _password, ...shown } = portal;
	const { custom_webhooks: webhooks, cloud_connections: connections } = shown;
	return {
		...shown,
		...(Array.isArray(webhooks) && { custom_webhooks: webhooks.map(showWebhook) }),
		...(connections !== undefined && { cloud_connections: withoutCredentials(connections) }),
	};
}

/** As it is, if it is only an ID. */
function showWebhook(webhook: unknown): unknown {
	const { data } = webhookSchema.safeParse(webhook);
	return data === undefined ? webhook : withoutHeaderValues(data);
}
