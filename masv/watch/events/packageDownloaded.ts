import { activityEvent } from './activityEvent';

/** All files of a package have been downloaded. */
export const packageDownloaded = activityEvent({ type: 'package_download_from_masv', state: 'complete' });
