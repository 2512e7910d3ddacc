import { newId } from './ids.ts';

interface Reference {
	id: string;
	name: string;
}

export type PackageState = 'new' | 'finalized' | 'expired' | 'archived';

/** A package with MASV's own field names (docs/masv-api.md#package-object) and dates in ISO 8601. */
export interface Package {
	id: string;
	team_id: string;
	/** Only for packages received through a portal. */
	portal_id?: string;
	name: string;
	description: string;
	sender: string;
	recipients: string[];
	state: PackageState;
	/** Total bytes: a file counts with its announced size until it is finalized, then with its real size. */
	size: number;
	total_files: number;
	access_limit: number;
	/** In plain text; never returned. Empty = none. */
	password: string;
	created_at: string;
	updated_at: string;
	usage_updated_at: string;
	expiry: string;
	custom_expiry: boolean;
	unlimited_storage: boolean;
	extra_storage: boolean;
	contains_virus: boolean;
	/** Bytes; 0 = not specified. */
	chunk_size: number;
	form_data_id?: string;
	tag?: Reference;
	teamspace?: Reference;
}

export interface PackageFile {
	id: string;
	package_id: string;
	kind: 'file' | 'directory' | 'zip_windows' | 'zip_mac';
	name: string;
	path: string;
	/** Bytes, as announced until the file is finalized. `undefined` = not announced. */
	size?: number;
	last_modified: string;
	/** Bytes, as announced when the file was added. */
	chunk_size?: number;
	finalized: boolean;
	/** Whether MASV has found a virus in it (MASV docs, Download). */
	virus_detected?: boolean;
	/** Key of its content in the storage. */
	key: string;
	/** Highest part number for which a URL has been requested. */
	partsAsked: number;
}

export interface Link {
	id: string;
	package_id: string;
	/** Empty = direct-download link. */
	email: string;
	download_secret: string;
	/** In plain text; never returned. Empty = none. */
	password: string;
	access_limit: number;
	/** Downloads started. */
	accesses: number;
	/** False until the package is finalized, and after the link has been disabled. */
	active: boolean;
	disabled: boolean;
	created_at: string;
	accessed_at: string;
}

interface FormField {
	name: string;
	label?: string;
	type?: string;
	visibility?: string;
	default_value?: string;
	position?: number;
}

export interface Form {
	id: string;
	name: string;
	enabled: boolean;
	delivery_formats: string[];
	fields: FormField[];
}

/** A portal with MASV's own field names (MASV docs, Portals, "Portal object"), plus fields that are never returned. */
export interface Portal {
	id: string;
	team_id: string;
	name: string;
	subdomain: string;
	message: string;
	active: boolean;
	has_access_code: boolean;
	/** Never returned (docs/masv-api.md#portal-passwords). */
	access_code: string;
	has_download_password: boolean;
	/** Never returned (docs/masv-api.md#portal-passwords). */
	download_password: string;
	recipients: string[];
	cc_recipients: string[];
	disable_upload_receipt: boolean;
	custom_expiry_days: number;
	primary_color: string;
	logo_url: string;
	background_url: string;
	tag?: Reference;
	teamspace?: Reference;
	access_level: 'regular' | 'private';
	access_list: { membership_id: string; name: string; email: string }[];
	custom_webhooks: { id: string }[];
	cloud_connections: { id: string; target_action: string; sync_metadata: boolean }[];
	terms_of_service_enabled: boolean;
	terms_of_service: { checkbox_label: string; checkbox_url: string; title: string; description: string };
	package_size_restriction_enabled: boolean;
	/** Bytes; 0 = unlimited. */
	max_package_size: number;
	/** Bytes; 0 = unlimited. */
	max_file_size: number;
	/** 0 = unlimited. */
	max_file_count: number;
	file_type_restriction_enabled: boolean;
	file_type_restriction_exclude: boolean;
	file_types: string[];
	expiry_enabled: boolean;
	expiry: string;
	package_name_format_enabled: boolean;
	package_name_format: { value: string; label: string };
	created_at: string;
	updated_at: string;
	/** Not part of MASV's portal object (docs/masv-api.md#forms). */
	form?: Form;
}

export interface Webhook {
	id: string;
	team_id: string;
	name: string;
	active: boolean;
	events: string[];
	method: 'POST' | 'PUT';
	url: string;
	headers: Record<string, string>;
	body_extras: Record<string, string>;
}

export interface Tag extends Reference {
	team_id: string;
	active: boolean;
	created_at: string;
	updated_at: string;
}

export type ActivityState = 'pending' | 'started' | 'complete' | 'cancelled' | 'error';
export type ActivityType =
	'package_upload_to_masv' | 'package_download_from_masv' | 'link_generation' | 'package_transfer_masv_to_cloud';

export interface Activity {
	id: string;
	activity_type: ActivityType;
	activity_state: ActivityState;
	package_id: string;
	package_name: string;
	portal_id?: string;
	teamspace_id?: string;
	link_id?: string;
	created_at: string;
	updated_at: string;
	extras: Record<string, string>;
	events: { id: string; activity_state: ActivityState; created_at: string }[];
}

/** A connection to a cloud storage (docs/masv-api.md#storage-connections-and-transfers). Credentials are not kept. */
export interface CloudConnection {
	id: string;
	name: string;
	provider: string;
	direction: 'masv_to_cloud' | 'cloud_to_masv';
	state: string;
}

/** A file in a cloud storage, or behind a gateway. Nothing leaves the sandbox. */
export interface StoredObject {
	/** Key in a bucket, or path behind a gateway; `/` separates folders. */
	path: string;
	content: Uint8Array;
}

/** A transfer of a package to a cloud storage (docs/masv-api.md#storage-connections-and-transfers). */
export interface Transfer {
	id: string;
	package_id: string;
	cloud_connection_id: string;
	direction: 'masv_to_cloud' | 'cloud_to_masv';
	state: ActivityState;
	created_at: string;
	updated_at: string;
}

export interface Member {
	id: string;
	user_id: string;
	team_id: string;
	name: string;
	email: string;
	policy_key: string;
	policy_name: string;
	approved: boolean;
	mfa_factors: number;
	invitation_kind: string;
	teamspaces: Reference[];
}

/** Everything the API knows. Maps keep the order of creation. */
export interface State {
	teamId: string;
	members: Member[];
	portals: Map<string, Portal>;
	packages: Map<string, Package>;
	files: Map<string, PackageFile>;
	links: Map<string, Link>;
	webhooks: Map<string, Webhook>;
	tags: Map<string, Tag>;
	teamspaces: Map<string, Reference>;
	activities: Map<string, Activity>;
	connections: Map<string, CloudConnection>;
	/** What the storages contain, by connection. */
	objects: Map<string, StoredObject[]>;
	transfers: Map<string, Transfer>;
	/** Form responses by `form_data_id`: the values by field name. */
	formResponses: Map<string, { portal_id: string; values: Record<string, string> }>;
}

/** MASV's value for "no date" (MASV docs, Portals, "expiry"; docs/masv-api.md#dates-and-ids). */
export const noDate = '0001-01-01T00:00:00.000Z';

/** One team with one member: its owner, to whom the API key belongs. */
export function newState(teamId: string, nowMs: number): State {
	const owner: Member = {
		id: newId(nowMs),
		user_id: newId(nowMs),
		team_id: teamId,
		name: 'Sandbox Owner',
		email: 'owner@sandbox.example',
		policy_key: 'owner',
		policy_name: 'Owner',
		approved: true,
		mfa_factors: 0,
		invitation_kind: 'email',
		teamspaces: [],
	};
	return {
		teamId,
		members: [owner],
		portals: new Map(),
		packages: new Map(),
		files: new Map(),
		links: new Map(),
		webhooks: new Map(),
		tags: new Map(),
		teamspaces: new Map(),
		activities: new Map(),
		connections: new Map(),
		objects: new Map(),
		transfers: new Map(),
		formResponses: new Map(),
	};
}

export function filesOf(state: State, packageId: string): PackageFile[] {
	return [...state.files.values()].filter((file) => file.package_id === packageId);
}

export function linksOf(state: State, packageId: string): Link[] {
	return [...state.links.values()].filter((link) => link.package_id === packageId);
}

export function isoDate(ms: number): string {
	return new Date(ms).toISOString();
}
