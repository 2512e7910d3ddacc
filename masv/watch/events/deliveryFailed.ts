import { activityEvent } from './activityEvent';

/** The transfer of a package to a connected storage has failed. */
export const deliveryFailed = activityEvent('package.delivery_failed', {
	type: 'package_transfer_masv_to_cloud',
	state: 'error',
});
