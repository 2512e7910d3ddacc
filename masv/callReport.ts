import { printable } from './transfer/places';

/** One request to MASV or its storage, for a log. Contains no secrets. */
export interface CallReport {
	/** As in error messages: "finalize the package". */
	operation: string;
	/** The HTTP status; undefined if there was no response. */
	status: number | undefined;
	durationMs: number;
	/** Counts from 1. A request that is repeated with a new token, or where the storage redirects it, is the same attempt. */
	attempt: number;
	/** The server's name for this request, which its support may ask for. */
	requestId: string | undefined;
}

/** One line for a log: IDs that a workflow has computed may contain anything. */
export function describeCall({ operation, status, durationMs, attempt, requestId }: CallReport): string {
	const facts = [
		status === undefined ? 'no response' : `status ${status}`,
		`${Math.round(durationMs)} ms`,
		`attempt ${attempt}`,
		requestId === undefined ? undefined : `request ${requestId}`,
	];
	return `${printable(operation)}: ${facts.filter((fact) => fact !== undefined).join(', ')}`;
}
