import type { IPollFunctions } from 'n8n-workflow';

import { MasvError } from '../../../masv/errors';
import type { WatchEvent } from '../../../masv/watch/request';
import { findTestEvent } from '../../../masv/watch/testEvent';
import { readBudget, withinBudget } from './budget';
import { readDetails } from './details';
import { readRequest } from './fields';

/** An event to build the workflow with. Changes nothing. @throws MasvError if there is none */
export async function fetchTestEvent(n8n: IPollFunctions): Promise<object> {
	const request = readRequest(n8n);
	const event = await withinBudget(
		n8n,
		readBudget(n8n),
		async (masv) => await findTestEvent(masv, request, readDetails(n8n, masv)),
	);
	if (event !== undefined) return event;
	throw new MasvError(messages[request.event], {
		code: 'no_test_event',
		hint: 'Cause the event in MASV and fetch again, or pin your own data to this node.',
	});
}

const messages: Record<WatchEvent, string> = {
	deliveryFailed: 'No storage delivery has failed yet',
	packageDelivered: 'No package has been delivered to storage yet',
	packageDownloaded: 'No package has been downloaded yet',
	packageExpiring: 'No package has an upcoming expiry date',
	packageReceived: 'No package has been received yet',
	packageSent: 'No package has been sent yet',
};
