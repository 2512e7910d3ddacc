import type { EventMemory } from '../../../masv/webhooks/eventMemory';
import { nodeScope } from '../nodeScope';
import { platform } from '../platform';
import { warnIfUnshared } from '../warnIfUnshared';
import type { TriggerFunctions } from './fields';

/** Which events this node has already received. */
export function eventMemoryOf(n8n: TriggerFunctions): EventMemory {
	warnIfUnshared(n8n);
	return platform.eventMemory(platform.hashing.sha256(nodeScope(n8n)).slice(0, 32), (reason) => {
		n8n.logger.warn(`MASV Trigger: events may start the workflow again after a restart (${reason})`);
	});
}
