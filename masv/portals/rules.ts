import { toTime } from '../dates';
import { MasvInputError } from '../errors';
import { formatBytes } from '../formatBytes';
import type { MatchPattern } from '../matchPattern';
import type { Portal } from '../schemas';

export interface Delivery {
	packageName: string;
	files: ReadonlyArray<{ name: string; bytes: number }>;
	hasAccessCode: boolean;
	/** Milliseconds since the epoch. */
	nowMs: number;
}

/**
 * Checks a delivery against the portal's rules before anything is created or sent: docs/masv-api.md#portal-object. MASV
 * checks them, too, but possibly only after hours of uploading.
 * @throws MasvInputError with the rule and the file in its message
 */
export async function checkPortalAccepts(
	portal: Portal,
	delivery: Delivery,
	matchPattern: MatchPattern,
	signal?: AbortSignal,
): Promise<void> {
	const name = portal.name ?? portal.id;
	if (portal.active === false) {
		throw new MasvInputError(`Portal "${name}" is inactive`, {
			code: 'portal_inactive',
			field: 'portal',
			hint: 'Activate it in MASV, or choose another portal.',
		});
	}
	if (portal.expiry_enabled === true && (toTime(portal.expiry) ?? Infinity) <= delivery.nowMs) {
		throw new MasvInputError(`Portal "${name}" closed on ${portal.expiry}`, {
			code: 'portal_closed',
			field: 'portal',
			hint: 'Extend it in MASV, or choose another portal.',
		});
	}
	if (portal.has_access_code === true && !delivery.hasAccessCode) {
		throw new MasvInputError(`Portal "${name}" requires an upload password`, {
			code: 'portal_password_missing',
			field: 'accessCode',
		});
	}
	const { packageName } = delivery;
	await checkName(portal, name, packageName, async (pattern) => await matchPattern(pattern, packageName, signal));
	checkSizes(portal, name, delivery.files);
	for (const file of delivery.files) checkType(portal, name, file.name);
}

async function checkName(
	portal: Portal,
	name: string,
	packageName: string,
	matches: (pattern: string) => Promise<boolean | undefined>,
): Promise<void> {
	const { value, label } = portal.package_name_format ?? {};
	if (portal.package_name_format_enabled !== true || value === undefined || value === '') return;
	// If it cannot be decided here, MASV decides.
	if ((await matches(value)) !== false) return;
	throw new MasvInputError(`Portal "${name}" does not accept the package name "${packageName}"`, {
		code: 'portal_package_name_rejected',
		field: 'packageName',
		hint: `Required format: ${label === undefined || label === '' ? value : label}`,
	});
}

function checkSizes(portal: Portal, name: string, files: Delivery['files']): void {
	if (portal.package_size_restriction_enabled !== true) return;
	const { max_file_count: maxCount = 0, max_file_size: maxFile = 0, max_package_size: maxPackage = 0 } = portal;
	if (maxCount > 0 && files.length > maxCount) {
		throw new MasvInputError(
			`Portal "${name}" accepts at most ${maxCount} files per package; there are ${files.length}`,
			{
				code: 'portal_too_many_files',
				field: 'portal',
				hint: 'Send fewer files at once, or pack them into an archive.',
			},
		);
	}
	const tooLarge = files.find((file) => maxFile > 0 && file.bytes > maxFile);
	if (tooLarge !== undefined) {
		throw new MasvInputError(
			`Portal "${name}" accepts files of at most ${formatBytes(maxFile)}; "${tooLarge.name}" is ${formatBytes(tooLarge.bytes)}`,
			{
				code: 'portal_file_too_large',
				field: 'portal',
				hint: 'Remove this file, or raise the limit of the portal in MASV.',
			},
		);
	}
	const total = files.reduce((sum, file) => sum + file.bytes, 0);
	if (maxPackage > 0 && total > maxPackage) {
		throw new MasvInputError(
			`Portal "${name}" accepts packages of at most ${formatBytes(maxPackage)}; these files total ${formatBytes(total)}`,
			{
				code: 'portal_package_too_large',
				field: 'portal',
				hint: 'Split the files into several packages, or raise the limit of the portal in MASV.',
			},
		);
	}
}

function checkType(portal: Portal, name: string, fileName: string): void {
	if (portal.file_type_restriction_enabled !== true) return;
	const types = (portal.file_types ?? []).map((type) => type.toLowerCase());
	// The flag turns the list into a deny list: docs/masv-api.md#portal-object
	const excludes = portal.file_type_restriction_exclude === true;
	const listed = types.some((type) => fileName.toLowerCase().endsWith(type.startsWith('.') ? type : `.${type}`));
	if (types.length === 0 || listed !== excludes) return;
	throw new MasvInputError(`Portal "${name}" does not accept the file "${fileName}" because of its type`, {
		code: 'portal_file_type_rejected',
		field: 'portal',
		hint: excludes ? `It rejects ${types.join(', ')}.` : `It accepts ${types.join(', ')}.`,
	});
}
