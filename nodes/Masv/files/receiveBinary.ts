import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

import { cleanName } from '../../../masv/download/cleanName';
import { nameRules } from '../../../masv/download/nameRules';
import type { StreamRequest } from '../../../masv/download/receiveStreams';
import { platform } from '../platform';

/** Stores the content of a file as binary data while it arrives, wherever n8n keeps such data. */
export function receiveBinary(n8n: IExecuteFunctions): StreamRequest<IBinaryData>['consume'] {
	return async ({ name }, pieces) =>
		await n8n.helpers.prepareBinaryData(platform.toReadable(pieces), cleanName(name, nameRules.linux));
}
