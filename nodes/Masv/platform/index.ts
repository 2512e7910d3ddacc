import { nodePlatform } from './nodePlatform';
import type { Platform } from './platform';

/** The platform that all nodes of this package run on. Change this line to run them on another one. */
export const platform: Platform = nodePlatform;
