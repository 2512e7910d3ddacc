import { activityEvent } from './activityEvent';

/** All files of a package have been downloaded. */
export const packageDownloaded = activityEvent('package.downloaded', {
	type: 'package_download_from_masv',
	state: 'complete',
});
