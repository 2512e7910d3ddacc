/** One request to MASV or its storage, for a log. Contains no secrets. */
export interface CallReport {
	/** As in error messages: "finalize the package". */
	operation: string;
	/** The HTTP status; undefined if there was no response. */
	status: number | undefined;
	durationMs: number;
	/** Counts from 1; undefined for requests to the storage, whose callers count their own attempts. */
	attempt: number | undefined;
	/** The server's name for this request, which its support may ask for. */
	requestId: string | undefined;
}

/** One line for a log. */
export function describeCall({ operation, status, durationMs, attempt, requestId }: CallReport): string {
	const facts = [
		status === undefined ? 'no response' : `status ${status}`,
		`${Math.round(durationMs)} ms`,
		attempt === undefined ? undefined : `attempt ${attempt}`,
		requestId === undefined ? undefined : `request ${requestId}`,
	];
	return `${operation}: ${facts.filter((fact) => fact !== undefined).join(', ')}`;
}
