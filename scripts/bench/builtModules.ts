import { createRequire } from 'node:module';
import { join } from 'node:path';

import type * as client from '../../masv/client.ts';
import type * as receivePackage from '../../masv/download/receivePackage.ts';
import type * as climb from '../../masv/transfer/climb.ts';
import type * as partLimits from '../../masv/upload/partLimits.ts';
import type * as partPlan from '../../masv/upload/partPlan.ts';
import type * as sendPackage from '../../masv/upload/sendPackage.ts';
import type * as diskSources from '../../nodes/Masv/files/diskSources.ts';
import type * as platform from '../../nodes/Masv/platform/index.ts';

interface BuiltModules {
	'masv/client.js': typeof client;
	'masv/download/receivePackage.js': typeof receivePackage;
	'masv/transfer/climb.js': typeof climb;
	'masv/upload/partLimits.js': typeof partLimits;
	'masv/upload/partPlan.js': typeof partPlan;
	'masv/upload/sendPackage.js': typeof sendPackage;
	'nodes/Masv/files/diskSources.js': typeof diskSources;
	'nodes/Masv/platform/index.js': typeof platform;
}

/** What the benchmark calls of the built package. `gulpfile.js` leaves these files out of the bundles. */
export const builtModules: ReadonlyArray<keyof BuiltModules> = [
	'masv/client.js',
	'masv/download/receivePackage.js',
	'masv/transfer/climb.js',
	'masv/upload/partLimits.js',
	'masv/upload/partPlan.js',
	'masv/upload/sendPackage.js',
	'nodes/Masv/files/diskSources.js',
	'nodes/Masv/platform/index.js',
];

/** @param packageFolder of the installed package */
export function loadBuilt<File extends keyof BuiltModules>(packageFolder: string, file: File): BuiltModules[File] {
	return createRequire(join(packageFolder, 'package.json'))(`./dist/${file}`) as BuiltModules[File];
}
