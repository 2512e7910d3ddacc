import { nodePlatform } from './nodePlatform';
import type { Platform } from './platform';

/** The platform that all nodes of this package run on. To run them on another one, this is the line to change. */
export const platform: Platform = nodePlatform;
