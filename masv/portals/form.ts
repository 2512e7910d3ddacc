import { z } from 'zod';

import type { MasvClient } from '../client';
import { createOnce } from '../createOnce';
import { path } from '../path';
import { inPortal } from './update';

/** How the values are delivered with a package: docs/masv-api.md#forms */
type DeliveryFormat = 'csv' | 'email_body' | 'json' | 'xml';

/** A field of a form: docs/masv-api.md#forms. MASV documents more keys than are known here. */
interface FormField {
	/** Identifies the field; not shown to senders. */
	name: string;
	label?: string;
	type: string;
	visibility: string;
	default_value?: string;
	position: number;
}

export interface FormRequest {
	name: string;
	delivery_formats: DeliveryFormat[];
	form_template_id?: string;
	/** Absent: MASV's default fields. */
	fields?: FormField[];
}

const formSchema = z.looseObject({ id: z.string().optional().catch(undefined) });
export type Form = z.infer<typeof formSchema>;

/**
 * Creates the form of a portal; from then on, senders must fill it in. `POST /v1/portals/{portal}/form`, 201:
 * docs/masv-api.md#forms. No route is known that reads a form, so a lost response cannot be checked.
 * @throws MasvConnectionError if the response was lost
 */
export async function createForm(client: MasvClient, portalId: string, request: FormRequest): Promise<Form> {
	const call = {
		operation: 'create the form',
		method: 'POST',
		path: path`/v1/portals/${portalId}/form`,
		body: request,
		schema: formSchema,
	} as const;
	const create = async (): Promise<Form> =>
		await createOnce(client, `the form "${request.name}"`, call, async () => await Promise.resolve(undefined));
	return await inPortal(portalId, create);
}
