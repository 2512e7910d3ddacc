import type { MasvErrorCode } from '../../masv/errorCodes';
import { MasvError, MasvTransferError } from '../../masv/errors';

/** The label of a value that masv/ calls by a name of its own. */
export const fieldLabels: Record<string, string | undefined> = {
	accessCode: 'Credential for MASV Portal API',
	apiKey: 'API Key',
	baseUrl: 'Base URL',
	event: 'Trigger On',
	expiryFilters: 'Expires After, Expires Before',
	files: 'Files',
	id: 'ID',
	package: 'Package',
	packageName: 'Package Name',
	portal: 'Portal',
	portalIds: 'Portal Names or IDs',
	portals: 'Portals',
	teamId: 'Team ID',
	webhookUrl: 'N8N_WEBHOOK_URL',
};

const checkBaseUrl = 'Check the Base URL of the credential and that n8n may reach it (firewall, proxy).';

/** What to do in n8n about an error, by its code. What to do in MASV or with a file, the error itself says. */
const adviceByCode: Partial<Record<MasvErrorCode, string>> = {
	api_key_missing:
		'Create one in MASV under Features & Settings > Team Features > API Keys, and paste it into the credential.',
	api_key_rejected:
		'Check the API Key of the credential: it may be mistyped, expired, inactive, or of a user who left the team.',
	api_key_forbidden:
		'The API key is known, but its user may not do this in this team. Check the Team ID and the role of the user who made the key.',
	access_code_rejected: 'If the portal asks for an upload password, select a MASV Portal credential that holds it.',
	payment_required: 'Check the plan and the remaining balance of the MASV team.',
	rate_limited: 'MASV asks for fewer requests. Try again later.',
	server_error: 'This is trouble on the side of MASV or of a proxy in between. Try again later.',
	host_not_found: checkBaseUrl,
	host_unreachable: checkBaseUrl,
	connection_refused: checkBaseUrl,
	connection_timeout: checkBaseUrl,
	url_malformed: checkBaseUrl,
	certificate_not_trusted: 'If a company proxy inspects TLS, give its certificate to n8n with NODE_EXTRA_CA_CERTS.',
	response_malformed: 'Check the Base URL of the credential; a proxy page or a login page looks like this.',
	response_undocumented: 'Check the Base URL of the credential.',
	storage_url_not_https: 'Check the Base URL of the credential.',
	upload_id_missing: 'A proxy between n8n and the storage may have answered in its place.',
	part_etag_missing: 'A proxy between n8n and the storage may take the header out.',
	id_missing: 'Fill in the ID, or check the expression.',
	package_not_found:
		'Check the ID, the Team ID of the credential, and that the user of the API key may see this package.',
	portal_password_missing: 'Select a MASV Portal credential that holds it.',
	portal_password_unreadable:
		'Choose other portals, use the MASV Polling Trigger, which changes nothing, or switch on the option Update Portals with Passwords and set the password again in MASV afterwards.',
	portal_format_unknown: 'Choose other portals, or use the MASV Polling Trigger, which changes nothing.',
	portal_not_found: 'Choose another portal.',
	no_files: 'Name a file or a folder with files in it, or the binary field that holds one.',
	file_not_readable: 'Check that the file is still there and that n8n may read it.',
	webhooks_unavailable: "Use the MASV Polling Trigger instead, or ask MASV's support for webhooks.",
	webhook_url_not_public:
		'Set the environment variable N8N_WEBHOOK_URL (older versions of n8n: WEBHOOK_URL) to the address of n8n in the internet, or use the MASV Polling Trigger, which needs none.',
	activities_unavailable:
		'Downloads and deliveries to storage cannot be watched here. Watch packages instead, or check the Base URL of the credential.',
	activity_states_missing:
		'Downloads and deliveries to storage cannot be watched until an update of this node supports it.',
	expiry_dates_missing: 'Leave the filters by expiry date out, or choose another event.',
};

/** What to do about a package that was left behind by a failed upload. */
const adviceByOutcome: Record<string, string | undefined> = {
	kept: 'Finish it with Upload File and Finalize, or delete it in MASV.',
	resumable: 'Run this again with the same files and it goes on where it stopped, or delete it in MASV.',
};

/** All that there is to say about what to do next: what the error says itself, and what that means in n8n. */
export function adviceOn(error: MasvError): string | undefined {
	const { code, facts, hint } = error;
	// A part that could not be stored fails for a reason of its own.
	const reason = error instanceof MasvTransferError && error.cause instanceof MasvError ? error.cause.code : code;
	const outcome = typeof facts.outcome === 'string' ? adviceByOutcome[facts.outcome] : undefined;
	const advice = [hint, adviceByCode[code] ?? adviceByCode[reason], outcome].filter((text) => text !== undefined);
	return advice.length === 0 ? undefined : advice.join(' ');
}
