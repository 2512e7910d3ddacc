/** A storage connection that packages of a portal are sent to: docs/masv-api.md#portal-object */
interface ConnectionSetting {
	id: string;
	/** `transfer` is the only documented one. */
	target_action: string;
	sync_metadata: boolean;
}

/**
 * What a portal can be set to, each thing once: where MASV has a flag and a value, the value alone decides. What is absent
 * keeps its value, or gets MASV's default in a new portal.
 */
export interface PortalSettings {
	name?: string;
	subdomain?: string;
	/** A new portal is inactive by default. */
	active?: boolean;
	message?: string;
	logoUrl?: string;
	backgroundUrl?: string;
	/** HTML hex code. */
	primaryColor?: string;
	recipients?: string[];
	disableReceipt?: boolean;
	/** Days; -1 is unlimited storage, which MASV charges for. */
	storageDays?: number;
	uploadPassword?: string;
	downloadPassword?: string;
	accessLevel?: 'regular' | 'private';
	/** Membership IDs, for private portals. */
	accessList?: string[];
	teamspaceId?: string;
	/** MASV requires both. */
	tag?: { id: string; name: string };
	webhookIds?: string[];
	connections?: ConnectionSetting[];
	/** ISO 8601. The portal accepts no uploads after it. */
	expiry?: string;
	/** Bytes; 0 is no limit. */
	maxPackageBytes?: number;
	maxFileBytes?: number;
	maxFileCount?: number;
	/** Allowed extensions, with a dot. */
	fileTypes?: string[];
	/** A regular expression, and its explanation for senders. MASV requires both. */
	nameFormat?: { value?: string; label?: string };
	/** MASV requires `checkbox_label`. */
	terms?: { checkbox_label?: string; checkbox_url?: string; title?: string; description?: string };
}
