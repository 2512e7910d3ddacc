import type { LookupFunction } from 'node:net';

import { throwIfCancelled } from '../errors';
import type { Transport, TransportRequest } from '../transport';
import { untilAborted } from '../untilAborted';
import { toConnectionError } from './connectionFailure';
import { withConnectLimit } from './connectLimit';
import type { TransportTimeouts } from './dispatcher';
import { defaultTimeouts } from './dispatcher';
import { createNodeTransport } from './nodeTransport';

/** Which hosts may be connected to. The shape is that of n8n's egress filter. */
export interface EgressPolicy {
	/** May resolve the host. */
	validateUrl(url: string): Promise<{ ok: true } | { ok: false; error: unknown }>;
	/** Resolves a host to addresses that are allowed. */
	createSecureLookup(): LookupFunction;
}

/** What the policy says instead of an error of the system. */
export class DeniedByPolicy extends Error {
	readonly code = 'ERR_NETWORK_POLICY';
}

/**
 * A transport that connects only where the policy allows it: each URL is checked before it is requested, and each address
 * when it is connected to, in case the host resolves to another one by then. A proxy of the environment is trusted; what is
 * requested through it is checked.
 */
export function createGuardedTransport(policy: EgressPolicy, timeouts: TransportTimeouts = defaultTimeouts): Transport {
	const transport = createNodeTransport(timeouts, toLookup(policy.createSecureLookup()));
	const check = async (request: TransportRequest): Promise<void> => {
		try {
			// Within the limit, whose timer would otherwise outlive a request that is canceled.
			const checked = untilAborted(request.signal)(policy.validateUrl(request.url));
			const verdict = await withConnectLimit(checked, timeouts.connectMs);
			if (!verdict.ok) throw toDenial(verdict.error);
		} catch (error) {
			throwIfCancelled(request.signal);
			throw toConnectionError(error, request, undefined);
		}
	};
	return async (request) => {
		throwIfCancelled(request.signal);
		await check(request);
		return await transport(request);
	};
}

function toLookup(secureLookup: LookupFunction): LookupFunction {
	return (hostname, options, callback) => {
		secureLookup(hostname, options, (error, address, family) => {
			callback(error === null ? null : toDenial(error), address, family);
		});
	};
}

/** Errors of the system have a code, such as that of a host that does not exist. */
function toDenial(error: unknown): Error {
	if (error instanceof Error && typeof (error as { code?: unknown }).code === 'string') return error;
	return new DeniedByPolicy('Denied by the network policy');
}
