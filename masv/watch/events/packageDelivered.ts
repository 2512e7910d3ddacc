import { activityEvent } from './activityEvent';

/** A package has been transferred to a connected storage. */
export const packageDelivered = activityEvent('package.delivered', {
	type: 'package_transfer_masv_to_cloud',
	state: 'complete',
});
