/**
 * Every event that can be watched, and nothing else, because each export counts as an event. The names are stored in
 * workflows, so they never change.
 */
export { deliveryFailed } from './deliveryFailed';
export { packageDelivered } from './packageDelivered';
export { packageDownloaded } from './packageDownloaded';
export { packageExpiring } from './packageExpiring';
export { packageReceived } from './packageReceived';
export { packageSent } from './packageSent';
