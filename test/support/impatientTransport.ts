import { systemTimer } from '../../masv/node/callLimit';
import type { RequestDispatcher } from '../../masv/node/pools';
import { createTransport } from '../../masv/node/undiciTransport';
import type { Transport } from '../../masv/transport';
import { fileRoutes } from '../../sandbox/api/files';
import { linkRoutes } from '../../sandbox/api/links';
import { packageRoutes } from '../../sandbox/api/packages';
import { uploadRoutes } from '../../sandbox/api/uploads';
import type { Step } from '../../sandbox/http/steps';

/** A transport that waits no longer for the answer to a part than for anything else. Usually, it may take five minutes at least. */
export function impatientTransport(dispatcher: RequestDispatcher, stallMs: number): Transport {
	return createTransport(dispatcher, (run) => systemTimer(run, stallMs));
}

/** Sends the requests of one step, which hangs, with the impatient transport. No other answer is late, however busy the machine is. */
export function impatientAt(step: Step, impatient: Transport, patient: Transport): Transport {
	const pattern = patternOf(step);
	return async (request) =>
		await (pattern.test(`${request.method} ${new URL(request.url).pathname}`) ? impatient : patient)(request);
}

function patternOf(step: Step): RegExp {
	// Keys of the storage are not below /v1/, and its steps differ by their methods.
	if (step === 'initiate') return /^POST \/(?!v1\/)/;
	if (step === 'partPut') return /^PUT \/(?!v1\/)/;
	if (step === 'getObject') return /^GET \/(?!v1\/)/;
	const routes = [...fileRoutes(), ...linkRoutes, ...packageRoutes, ...uploadRoutes];
	const route = routes.find((each) => each.step === step);
	if (route === undefined) throw new Error(`No such route: ${step}`);
	return new RegExp(`^${route.method} ${route.path.replace(/\{\w+\}/g, '[^/]+')}$`);
}
