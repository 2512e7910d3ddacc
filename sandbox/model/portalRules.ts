import { ApiFailure, forbidden, invalid, unauthorized } from './errors.ts';
import type { PackageFile, Portal } from './state.ts';

/** Whether a portal accepts packages at all. @throws ApiFailure 403 (MASV docs, Portals, "active", "expiry_enabled") */
export function requireOpenPortal(portal: Portal, nowMs: number): void {
	if (!portal.active) throw forbidden('this Portal is not active');
	if (portal.expiry_enabled && Date.parse(portal.expiry) <= nowMs) throw forbidden('this Portal has expired');
}

/**
 * Checks the upload password, URI-encoded in X-Access-Code (MASV docs, Uploads).
 * @throws ApiFailure 401 if missing, 403 if wrong
 */
export function requireAccessCode(portal: Portal, header: string | undefined): void {
	if (!portal.has_access_code) return;
	if (header === undefined || header === '') throw unauthorized('this Portal requires an access code (X-Access-Code)');
	let code: string;
	try {
		code = decodeURIComponent(header);
	} catch {
		throw new ApiFailure(400, 'X-Access-Code is not URI encoded');
	}
	if (code !== portal.access_code) throw forbidden('the access code is wrong');
}

/** @throws ApiFailure 400 (MASV docs, Portals, "Package name format object") */
export function requirePackageName(portal: Portal, name: string): void {
	const { value, label } = portal.package_name_format;
	if (portal.package_name_format_enabled && !new RegExp(value, 'u').test(name)) {
		throw invalid('name', `the package name does not match the format of this Portal: ${label}`);
	}
}

/**
 * Checks one file and all files of its package against the restrictions of the portal. A file without an announced size
 * counts as 0 bytes until it is finalized, when the rules are checked again.
 * @throws ApiFailure 400 (MASV docs, Portals, "file_types", "max_file_size" and neighbours)
 */
export function requireAllowedFile(portal: Portal, file: Pick<PackageFile, 'name' | 'size'>, all: PackageFile[]): void {
	if (portal.file_type_restriction_enabled && !isAllowedType(portal, file.name)) {
		throw invalid('name', `this Portal does not accept files of this type: ${file.name}`);
	}
	if (!portal.package_size_restriction_enabled) return;
	const files = all.filter(({ kind }) => kind === 'file');
	const total = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
	if (exceeds(file.size ?? 0, portal.max_file_size)) {
		throw invalid('size', `this Portal accepts files of at most ${portal.max_file_size} bytes`);
	}
	if (exceeds(files.length, portal.max_file_count)) {
		throw invalid('files', `this Portal accepts at most ${portal.max_file_count} files`);
	}
	if (exceeds(total, portal.max_package_size)) {
		throw invalid('size', `this Portal accepts packages of at most ${portal.max_package_size} bytes`);
	}
}

/** 0 = unlimited (docs/masv-api.md#portal-object). */
function exceeds(value: number, limit: number): boolean {
	return limit > 0 && value > limit;
}

/** `file_type_restriction_exclude` turns the list into a deny list. Case is ignored; the docs do not mention it. */
function isAllowedType(portal: Portal, name: string): boolean {
	const listed = portal.file_types.some((type) => name.toLowerCase().endsWith(type.toLowerCase()));
	return listed !== portal.file_type_restriction_exclude;
}
