/** The requests that MASV's documentation describes: the names in its tables, as printed. */

/** Portals, "Creating a Portal", BODY. */
export const createPortalBody = [
	'name',
	'subdomain',
	'message',
	'has_access_code',
	'access_code',
	'active',
	'logo_url',
	'background_url',
	'primary_color',
	'recipients',
	'has_download_password',
	'download_password',
	'custom_expiry_days',
	'cloud_connections',
	'disable_upload_receipt',
	'custom_webhooks',
	'tag',
	'access_level',
	'access_list',
	'teamspace_id',
	'terms_of_service_enabled',
	'terms_of_service',
	'package_size_restriction_enabled',
	'max_package_size',
	'max_file_size',
	'max_file_count',
	'file_type_restriction_enabled',
	'file_types',
	'expiry_enabled',
	'expiry',
	'package_name_format',
	'package_name_format_enabled',
];

/** Portals, "Updating a Portal", BODY: the same without the format of package names, and this. */
export const updatePortalBody = [
	...createPortalBody.filter((name) => !name.startsWith('package_name_format')),
	'configure_cloud_connections',
];

/** Portals, the objects of a BODY. */
export const portalBodyObjects = {
	cloud_connections: ['id', 'target_action', 'sync_metadata'],
	custom_webhooks: ['id'],
	tag: ['id', 'name'],
	terms_of_service: ['checkbox_label', 'checkbox_url', 'title', 'description'],
	package_name_format: ['value', 'label'],
};

interface DocumentedList {
	/** QUERY PARAMETERS. */
	query: string[];
	/** "Accepted field names" of `sort`; undefined where none are printed. */
	sortFields?: string[];
}

/** Portals, "Listing Portals". */
export const portalList: DocumentedList = {
	query: ['page', 'limit', 'sort', 'name', 'subdomain', 'tags', 'teamspaces'],
	sortFields: ['name', 'created_at', 'active'],
};

/** Portals, "Listing Portal packages". */
export const portalPackageList: DocumentedList = {
	query: ['page', 'limit', 'sort', 'tags', 'sender', 'created_at_start', 'created_at_end'],
};

/** Packages, the list of sent packages. */
export const packageList: DocumentedList = {
	query: [
		'page',
		'limit',
		'sort',
		'status',
		'name',
		'sender',
		'tags',
		'created_at_start',
		'created_at_end',
		'teamspaces',
		'expiry_start',
		'expiry_end',
		'extra_storage',
	],
	sortFields: ['name', 'created_at', 'size', 'usage_total_bytes', 'expiry', 'sender', 'status', 'teamspace_id'],
};

/** Packages, `status`. */
export const packageStates = ['new', 'finalized', 'expired', 'archived'];

/** BODY of further requests, by the name that the sandbox has for them. */
export const furtherBodies = {
	// Uploads
	createPackage: ['name', 'description', 'recipients', 'password', 'access_limit', 'unlimited_storage', 'chunk_size'],
	createPortalPackage: ['name', 'description', 'sender', 'form_data_id', 'chunk_size'],
	// Packages
	renamePackage: ['name'],
	setPackageExpiry: ['expiry', 'unlimited_storage'],
	archiveSent: ['expiry_start', 'expiry_end'],
	// Links
	createLink: ['email', 'password'],
	// Custom metadata
	createForm: ['name', 'delivery_formats', 'form_template_id', 'fields'],
	// Tags, Teamspaces
	createTag: ['name'],
	createSpace: ['name', 'member_ids'],
};

/** Custom webhooks, BODY. */
export const webhookBody = ['active', 'events', 'method', 'url', 'name', 'headers', 'body_extras'];

/** Custom metadata, fields of a form; further ones are not in the readable part. */
export const formFieldTypes = [
	'checkbox',
	'radio',
	'dropdown',
	'date',
	'short_text',
	'long_text',
	'number',
	'url',
	'email',
	'package_name',
	'package_description',
	'sender_email',
];
