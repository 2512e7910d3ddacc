import type { MasvClient } from '../../../masv/client';
import type { PortalSettings } from '../../../masv/portals/settings';
import { fetchTagReference } from '../../../masv/tags';
import type { InputOf } from '../operation';
import { checkAddresses } from '../values/address';
import { optionalText } from '../values/text';
import type { portalNames, portalSettingFields } from './portalSettings';

type SettingsInput = InputOf<typeof portalSettingFields>;

const bytesPerMiB = 1024 * 1024;

/** The settings that the user has entered. @throws MasvInputError for an address or a tag that does not exist */
export async function readPortalSettings(masv: MasvClient, input: SettingsInput): Promise<PortalSettings> {
	const { page, access, packages, limits } = input;
	const { tagId, recipients } = packages;
	return {
		...readPage(page),
		accessLevel: access.accessLevel,
		accessList: access.accessList,
		expiry: access.expiry,
		// Not trimmed: a password may begin or end with a blank.
		uploadPassword: access.uploadPassword,
		downloadPassword: access.downloadPassword,
		teamspaceId: access.teamspaceId,
		disableReceipt: packages.disableReceipt,
		recipients: recipients && checkAddresses(recipients, 'Recipients'),
		storageDays: packages.storageDays,
		tag: tagId === undefined ? undefined : await fetchTagReference(masv, tagId),
		webhookIds: packages.webhookIds,
		connections: readConnections(input.connections),
		fileTypes: limits.fileTypes,
		maxFileCount: limits.maxFileCount,
		maxFileBytes: toBytes(limits.maxFileMiB),
		maxPackageBytes: toBytes(limits.maxPackageMiB),
		nameFormat: unlessEmpty({ value: limits.nameFormatValue, label: limits.nameFormatLabel }),
	};
}

export function readPortalNames({
	active,
	name,
	subdomain,
}: Partial<InputOf<typeof portalNames>>): Pick<PortalSettings, 'active' | 'name' | 'subdomain'> {
	return { active, name: optionalText(name), subdomain: optionalText(subdomain) };
}

function readPage(page: SettingsInput['page']): PortalSettings {
	const { termsCheckbox, termsDescription, termsTitle, termsUrl, ...texts } = page;
	const terms = {
		checkbox_label: termsCheckbox,
		checkbox_url: termsUrl,
		title: termsTitle,
		description: termsDescription,
	};
	return { ...texts, terms: unlessEmpty(terms) };
}

/** Without connections, those of the portal stay. */
function readConnections(entries: SettingsInput['connections']): PortalSettings['connections'] {
	if (entries.length === 0) return undefined;
	return entries.map(({ id, targetAction, syncMetadata }) => ({
		id: id.trim(),
		target_action: targetAction.trim(),
		sync_metadata: syncMetadata,
	}));
}

function toBytes(mebibytes: number | undefined): number | undefined {
	return mebibytes === undefined ? undefined : mebibytes * bytesPerMiB;
}

/** The parts that are set; undefined if none is. */
function unlessEmpty<T extends object>(parts: T): Partial<T> | undefined {
	const set = Object.entries(parts).filter(([, part]) => part !== undefined);
	return set.length === 0 ? undefined : (Object.fromEntries(set) as Partial<T>);
}
