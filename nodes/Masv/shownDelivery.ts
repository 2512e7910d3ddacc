import type { IDataObject } from 'n8n-workflow';

import type { DirectLinkRequest } from '../../masv/links';
import type { PackageTarget } from '../../masv/packages/create';
import { withoutSecrets } from '../../masv/packages/shown';
import type { SendResult } from '../../masv/upload/sendPackage';
import type { LeftOut } from './files/leaveOut';

/** A link gets the password of its package even if MASV does not do that by default: docs/masv-api.md#package-object */
export function linkFor(target: PackageTarget, createLink: boolean): DirectLinkRequest | undefined {
	if (target.kind !== 'team' || !createLink) return undefined;
	const { password } = target.request;
	return password === undefined ? {} : { password };
}

/** What people look for comes first, because n8n shows the keys in this order. */
export function shownDelivery(sent: SendResult, leftOut: LeftOut[]): IDataObject {
	const { package: created, bytes, duration_ms, link = null, files, ...more } = sent;
	return {
		link_url: link?.url ?? null,
		package: withoutSecrets(created),
		bytes,
		duration_ms,
		...more,
		left_out: leftOut.map((left) => ({ ...left })),
		link,
		files,
	};
}
