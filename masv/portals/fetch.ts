import type { MasvClient } from '../client';
import { findPortalAs } from './portals';
import { PortalNotFoundError } from './update';
import type { WholePortal } from './wholePortal';
import { wholePortalSchema } from './wholePortal';

/** One portal, with everything MASV returns for it: docs/masv-api.md#one-portal. @throws PortalNotFoundError */
export async function fetchPortal(client: MasvClient, portalId: string): Promise<WholePortal> {
	const found = await findPortalAs(wholePortalSchema, client, portalId);
	if (found !== undefined) return found;
	throw new PortalNotFoundError(portalId, 'portal');
}
