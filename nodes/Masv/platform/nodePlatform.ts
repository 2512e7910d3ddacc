import { lookup } from 'node:dns';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import type { EgressPolicy } from '../../../masv/node/egress';
import { createGuardedTransport } from '../../../masv/node/egress';
import { clearFile } from '../../../masv/node/clearFile';
import { diskTarget } from '../../../masv/node/diskTarget';
import { createEventMemory } from '../../../masv/node/fileEventMemory';
import { folderJournal } from '../../../masv/node/folderJournal';
import { folderLeases } from '../../../masv/node/folderLeases';
import { freshPieces } from '../../../masv/node/freshPieces';
import { createHostTransport } from '../../../masv/node/hostTransport';
import { nodeDisk } from '../../../masv/node/nodeDisk';
import { nodeHashing } from '../../../masv/node/nodeHashing';
import { nodeLoad } from '../../../masv/node/nodeLoad';
import { sharedTransport } from '../../../masv/node/nodeTransport';
import { leaveMark } from '../../../masv/node/processMarks';
import { systemClock } from '../../../masv/node/systemClock';
import { createMatchPattern } from '../../../masv/node/workerPatterns';
import { createPaces } from '../../../masv/pace';
import { createBandwidths } from '../../../masv/transfer/bandwidth';
import { createLines } from '../../../masv/transfer/lines';
import { createMemoryShares } from '../../../masv/transfer/memoryShares';
import type { Bookkeeping } from '../../../masv/transfer/bookkeeping';
import { createBookkeeping } from '../../../masv/transfer/bookkeeping';
import type { Transport } from '../../../masv/transport';
import type { EventMemory } from '../../../masv/webhooks/eventMemory';
import { readBinaryLimits } from './binaryLimits';
import { createFindUnshared, readProcessKind } from './findUnshared';
import type { Platform } from './platform';

const processKind = readProcessKind(process.env, process.argv);

/** By file name: n8n creates a new context for each delivery, and all deliveries to one node must share a memory. */
const memories = new Map<string, EventMemory>();

/** n8n has one policy, so its connections are shared like those without one. */
const guardedTransports = new WeakMap<EgressPolicy, Transport>();

/** Node.js: undici, the local disk, and files in n8n's data folder. */
export const nodePlatform: Platform = {
	transportFor: (policy) => {
		// n8n returns a filter that allows everything if its protection is off.
		if (policy === undefined || policy.createSecureLookup() === lookup) return sharedTransport;
		const known = guardedTransports.get(policy);
		if (known !== undefined) return known;
		const guarded = createGuardedTransport(policy);
		guardedTransports.set(policy, guarded);
		return guarded;
	},
	testTransport: (request) => {
		const isRestricted = /^(true|1)$/i.test(process.env.N8N_SSRF_PROTECTION_ENABLED?.trim() ?? '');
		return isRestricted && request !== undefined ? createHostTransport(request) : sharedTransport;
	},
	clock: systemClock,
	hashing: nodeHashing,
	matchPattern: createMatchPattern(),
	paces: createPaces(systemClock),
	lines: createLines(systemClock, nodeLoad),
	memoryShares: createMemoryShares(),
	bandwidths: createBandwidths(systemClock),
	load: nodeLoad,
	disk: nodeDisk,
	openTarget: async (location, checkAllowed) => await diskTarget(location, { checkAllowed }),
	toReadable: (pieces) => Readable.from(freshPieces(pieces), { objectMode: false }),
	// n8n has no function for this. The same separator and `~` as there.
	allowedFolders: () =>
		process.env.N8N_RESTRICT_FILE_ACCESS_TO?.split(';')
			.map((folder) => folder.trim().replace(/^~/, () => homedir()))
			.filter((folder) => folder !== ''),
	/**
	 * In queue mode, a retry may run on another worker. It can resume the upload if the workers share the folder;
	 * otherwise it sends everything again. If the folder is not writable, uploads still work, but cannot be resumed.
	 */
	bookkeeping: (onError, signal) => bookkeepingIn(dataFolder('masv-uploads'), onError, signal),
	ledgers: (onError, signal) => bookkeepingIn(dataFolder('masv-ledgers'), onError, signal).journal,
	clearing: (moveTo, checkAllowed) => ({
		kind: moveTo === undefined ? 'delete' : 'move',
		clear: async (file) => await clearFile(file, { moveTo, checkAllowed }),
	}),
	eventMemory: (name, onError) => {
		const file = join(dataFolder('masv-events'), name);
		const known = memories.get(file);
		if (known !== undefined) return known;
		const memory = createEventMemory(file, systemClock, (error) => onError(reasonOf(error)));
		memories.set(file, memory);
		return memory;
	},
	binaryLimits: readBinaryLimits(process.env, processKind !== undefined),
	findUnshared: startFindUnshared(),
};

function bookkeepingIn(folder: string, ...[onError, signal]: Parameters<Platform['bookkeeping']>): Bookkeeping {
	const files = { journal: folderJournal(folder), leases: folderLeases(folder, systemClock) };
	return createBookkeeping(files, systemClock, (reason) => onError(folder, reason), signal);
}

/** Every process of n8n loads the nodes when it starts, and leaves its mark then. */
function startFindUnshared(): Platform['findUnshared'] {
	const marks = processKind && leaveMark(dataFolder('masv-processes'), processKind);
	return createFindUnshared(dataFolder(''), marks, () => process.uptime());
}

/**
 * A folder beside n8n's own data, so that it survives a restart wherever that data does. Processes on several machines
 * share it if they share N8N_STORAGE_PATH or N8N_USER_FOLDER.
 */
function dataFolder(name: string): string {
	const { N8N_STORAGE_PATH: shared, N8N_USER_FOLDER: userFolder } = process.env;
	return join(shared === undefined || shared === '' ? join(userFolder ?? homedir(), '.n8n') : shared, name);
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
