import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { cleanName } from '../../../masv/download/cleanName';
import { nameRules } from '../../../masv/download/nameRules';
import type { StreamRequest } from '../../../masv/download/receiveStreams';
import type { PackageEntry } from '../../../masv/download/selectFiles';
import { labelOf } from '../../../masv/transfer/places';
import { platform } from '../platform';
import { checkStorable } from './checkBinarySize';

/**
 * Stores the content of a file as binary data while it arrives, wherever n8n keeps such data.
 * @param stopAtFirst whether nothing is received if n8n could not store one of the files. Otherwise, only that one fails
 */
export function receiveBinary(
	n8n: IExecuteFunctions,
	{ stopAtFirst }: { stopAtFirst: boolean },
): Pick<StreamRequest<IBinaryData>, 'check' | 'consume'> {
	const check = (entry: PackageEntry): void => checkStorable(`"${labelOf(entry)}"`, entry.bytes);
	return {
		...(stopAtFirst && { check }),
		consume: async (entry, pieces) => {
			check(entry);
			const name = cleanName(entry.name, nameRules.linux);
			return await n8n.helpers.prepareBinaryData(platform.toReadable(pieces), name);
		},
	};
}
