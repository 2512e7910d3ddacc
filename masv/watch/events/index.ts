/** Every event that can be watched, by the name that workflows are stored with: a name is never changed. */
export { deliveryFailed } from './deliveryFailed';
export { packageDelivered } from './packageDelivered';
export { packageDownloaded } from './packageDownloaded';
export { packageExpiring } from './packageExpiring';
export { packageReceived } from './packageReceived';
export { packageSent } from './packageSent';
