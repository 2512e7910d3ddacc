import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { cleanName } from '../../../masv/download/cleanName';
import { nameRules } from '../../../masv/download/nameRules';
import type { StreamRequest } from '../../../masv/download/receiveStreams';
import { labelOf } from '../../../masv/transfer/places';
import { platform } from '../platform';
import { checkStorable } from './checkBinarySize';

/** Stores the content of a file as binary data while it arrives, wherever n8n keeps such data. */
export function receiveBinary(n8n: IExecuteFunctions): Pick<StreamRequest<IBinaryData>, 'check' | 'consume'> {
	return {
		check: (entry) => checkStorable(`"${labelOf(entry)}"`, entry.bytes),
		consume: async ({ name }, pieces) =>
			await n8n.helpers.prepareBinaryData(platform.toReadable(pieces), cleanName(name, nameRules.linux)),
	};
}
