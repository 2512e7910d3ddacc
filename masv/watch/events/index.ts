/**
 * Every event that can be watched, and nothing else: each export is taken for one. The names are stored in workflows, so they
 * never change.
 */
export { deliveryFailed } from './deliveryFailed';
export { packageDelivered } from './packageDelivered';
export { packageDownloaded } from './packageDownloaded';
export { packageExpiring } from './packageExpiring';
export { packageReceived } from './packageReceived';
export { packageSent } from './packageSent';
