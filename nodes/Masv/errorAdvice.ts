import type { MasvErrorCode } from '../../masv/errorCodes';
import { isTooLarge } from '../../masv/answers';
import { MasvError, MasvTransferError, storageService } from '../../masv/errors';
import { joinSentences } from '../../masv/joinSentences';

/** The n8n labels of the field names that masv/ uses. */
export const fieldLabels: Record<string, string | undefined> = {
	accessCode: 'Credential for MASV Portal API',
	activity: 'Activity ID',
	apiKey: 'API Key',
	baseUrl: 'Base URL',
	connection: 'Storage Connection',
	event: 'Trigger On',
	expiry: 'Expiry Date',
	ledger: 'Ledger',
	expiryFilters: 'Expires After, Expires Before',
	files: 'Files',
	ifExists: 'If the File Exists',
	id: 'ID',
	downloadPassword: 'Download Password',
	ifDownloadRunning: 'If the Same Download Is Running',
	ifJobRunning: 'If Another Execution Is Running',
	ifRunning: 'If the Same Delivery Is Running',
	ifUploadRunning: 'If the Same Upload Is Running',
	md5List: 'MD5 List',
	nameFormatLabel: 'Package Name Explanation',
	nameFormatValue: 'Package Name Pattern',
	package: 'Package',
	packageName: 'Package Name',
	portal: 'Portal',
	portalAddress: 'Portal URL',
	portalIds: 'Portal Names or IDs',
	portals: 'Portals',
	storageFolder: 'Folder',
	removedSettings: 'Settings to Remove',
	tag: 'Tag',
	teamId: 'Team ID',
	termsCheckbox: 'Terms: Checkbox',
	uploadPassword: 'Upload Password',
	webhookUrl: 'N8N_WEBHOOK_URL',
};

const checkProxy =
	'Check the proxy in the environment variables of n8n (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY), or add the server to NO_PROXY.';
const checkBaseUrl =
	'Check the Base URL in the credential, or the Server of a link, and that n8n can reach it (firewall, proxy).';
const outsideProblem = 'MASV, or a proxy in between, has a problem. Try again later.';
const otherServer = 'Check the Base URL in the credential. The response may come from a proxy or a login page.';
const otherExecution =
	'Wait until the other execution has finished, or stop it. The option in brackets can make this node wait instead.';
const publicUrl =
	'Set the environment variable N8N_WEBHOOK_URL (older versions of n8n: WEBHOOK_URL) to the public URL of n8n, or use the MASV Polling Trigger, which does not need one.';
const checkConnection = 'Check the network of n8n (firewall, proxy), then try again.';

/** What to do in n8n about an error, by code. What to do in MASV or with a file is in the error's own hint. */
const adviceByCode: Partial<Record<MasvErrorCode, string>> = {
	account_needed: 'Set Authentication to Team Key.',
	base_url_with_password: 'Remove both from the URL.',
	api_key_missing:
		'Create a key in MASV under Features & Settings > Team Features > API Keys, and paste it into the credential.',
	api_key_rejected:
		'Check the API Key in the credential. It may be mistyped, expired or inactive, or its user may have left the team.',
	api_key_forbidden:
		'Check the Team ID in the credential, and the role of the user who created the key: it may not have permission to do this.',
	access_code_rejected:
		'If the portal requires an upload password, set Authentication to Portal, and select a MASV Portal API credential that contains it.',
	payment_required: 'Check the plan and the remaining balance of the MASV team.',
	rate_limited: 'MASV received too many requests. Try again later.',
	server_error: outsideProblem,
	storage_error: outsideProblem,
	storage_rejected:
		'A proxy or firewall between n8n and the storage may be changing or blocking requests. Otherwise, try again later.',
	part_urls_missing: outsideProblem,
	host_not_found: checkBaseUrl,
	host_unreachable: checkBaseUrl,
	connection_refused: checkBaseUrl,
	connection_timeout: checkBaseUrl,
	url_malformed: checkBaseUrl,
	connection_lost: checkConnection,
	connection_stalled: checkConnection,
	certificate_not_trusted: 'If a company proxy inspects TLS traffic, set NODE_EXTRA_CA_CERTS to its CA certificate.',
	tls_failed: 'Check the scheme and the port of the Base URL in the credential, and proxies that inspect TLS traffic.',
	proxy_unsupported: checkProxy,
	proxy_authentication_required: checkProxy,
	proxy_refused: checkProxy,
	network_policy:
		'Ask the administrator of n8n to allow the host (N8N_SSRF_ALLOWED_HOSTNAMES, N8N_SSRF_ALLOWED_IP_RANGES).',
	response_malformed: otherServer,
	response_too_long: otherServer,
	response_undocumented: 'Check the Base URL in the credential.',
	storage_url_not_https: 'Check the Base URL in the credential.',
	upload_id_missing: 'A proxy between n8n and the storage may have sent this response.',
	part_etag_missing: 'A proxy between n8n and the storage may be removing the header.',
	part_damaged:
		'Check the network of n8n (proxies, firewalls that inspect TLS traffic) and the memory of its machine, then run this again.',
	package_token_rejected:
		'The package may have been deleted, or access to it was lost: by the user of the API key, or because the link was disabled, has expired or is used up.',
	wait_timeout: 'Run this again later, or set a longer Time Limit (Minutes).',
	package_not_found:
		'Check the ID and the Team ID in the credential, and that the user of the API key has access to this package.',
	portal_password_missing:
		'Set Authentication to Portal, and select a MASV Portal API credential that contains the password.',
	portal_password_unreadable:
		'Select other portals, use the MASV Polling Trigger, which does not change portals, or enable the option Update Portals with Passwords and set the password again in MASV afterwards.',
	portal_password_required:
		'Passwords are entered under Access and removed under Settings to Remove. n8n stores what is entered there with the execution.',
	portal_format_unknown: 'Select other portals, or use the MASV Polling Trigger, which does not change portals.',
	portal_subdomain_taken: 'Enter another subdomain, or change this portal with Portal > Update.',
	portal_not_found: 'Select the portal from the list: its ID is neither its name nor part of its URL.',
	delivery_running: otherExecution,
	download_running: otherExecution,
	delivery_uncertain:
		'To send the files in a new package, set If the Same Delivery Is Running to Send Anyway for one execution. With Send New Files, use Reset Ledger with the path of the files.',
	ledger_not_found:
		'A ledger begins with the first execution of Send New Files or Receive New Files. The output of that node contains its ID (ledger.id).',
	ledger_not_available:
		'Check that n8n has permission to read and write the folder masv-ledgers in its data folder, and that its disk is not full.',
	delivery_taken_over: 'See the other execution for the result. Nothing was changed after it took over.',
	no_files: 'Enter a file, a folder that contains files, or a binary field that contains a file.',
	no_storage_files: 'Check the folder with Storage > Browse, and wait until the storage contains the files.',
	file_not_readable: 'Check that the file still exists and that n8n has permission to read it.',
	file_read_stalled: 'Check that the disk or network drive of the file is connected and responds.',
	file_not_writable: 'Check that n8n has permission to write to the folder, and that its disk is connected.',
	file_write_stalled: 'Check that the disk or network drive of the folder is connected and responds.',
	partial_file_changed: 'Make sure that nothing else changes the folder while files are received, then run this again.',
	content_not_received: checkConnection,
	content_changed: 'The file was replaced in MASV. Run this again when its sender has finished.',
	content_not_stored:
		'Check the disk, database or object storage in which n8n stores binary data, or set Save To to Folder on Disk.',
	link_password_rejected:
		'Enter the password that the sender of the link has set, in the option Link Password or, with Link > Get, in the field Password.',
	link_rejected: 'The link may be mistyped, disabled, expired or used up. Ask the sender for a new one.',
	tag_not_found: 'Select the tag from the list, or create it first.',
	webhook_not_found: 'Select the webhook from the list.',
	webhooks_unavailable: 'Use the MASV Polling Trigger instead, or ask MASV support to enable webhooks.',
	webhook_url_missing: publicUrl,
	webhook_url_not_public: publicUrl,
	activities_unavailable:
		'MASV does not document activities, so a server may lack them; nothing about downloads and storage deliveries can be read then. Check the Base URL in the credential. In a trigger, select another event.',
	activity_states_missing: 'Events for downloads and storage deliveries do not work until this node is updated.',
	expiry_dates_missing:
		'Remove Expires After and Expires Before, or list the packages sent by the team. In a trigger, select another event; a Schedule Trigger with Package > Get Many can watch the packages sent by the team.',
};

const smallerParts =
	'The storage, or a proxy in between, does not accept requests of this size. Set a smaller Part Size (MiB); the smallest is 5.';

/** What to do about what a failure left in MASV. */
const adviceByOutcome: Record<string, string | undefined> = {
	empty_folders: 'Remove them with File > Delete, or leave out empty folders when you upload (option Leave Out).',
	lost: 'The next execution sends the files in a new package.',
	kept: 'Complete the package with File > Upload and Package > Finalize, or delete it in MASV.',
	resumable: 'Run this again with the same files to resume the upload, or delete the package in MASV.',
};

const checkStorage = 'This server is the storage that MASV uses. Check that n8n can reach it (firewall, proxy).';

/** The same where the server is not the one in the credential. */
const storageAdviceByCode: Partial<Record<MasvErrorCode, string>> = {
	host_not_found: checkStorage,
	host_unreachable: checkStorage,
	connection_refused: checkStorage,
	connection_timeout: checkStorage,
	tls_failed: checkStorage,
	response_malformed: adviceByCode.storage_rejected,
	url_malformed: outsideProblem,
};

function adviceOnServer({ code, facts }: MasvError): string | undefined {
	const advice = storageAdviceByCode[code];
	if (advice !== undefined && facts.proxy !== undefined) return checkProxy;
	return facts.service === storageService ? advice : undefined;
}

/** Everything the user can do next: the error's own hint and the advice for n8n. */
export function adviceOn(error: MasvError): string | undefined {
	const { code, facts, hint } = error;
	// A failed part wraps the error that caused it; that error's advice applies.
	const cause = error instanceof MasvTransferError && error.cause instanceof MasvError ? error.cause : error;
	const about = isTooLarge(cause)
		? smallerParts
		: (adviceOnServer(cause) ?? adviceByCode[cause.code] ?? adviceByCode[code]);
	const outcome = typeof facts.outcome === 'string' ? adviceByOutcome[facts.outcome] : undefined;
	const advice = [hint, about, outcome].filter((text) => text !== undefined);
	return advice.length === 0 ? undefined : joinSentences(advice);
}
