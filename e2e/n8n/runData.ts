export interface BinaryReference {
	id?: string;
	/** Base64, if n8n keeps binary data in memory. */
	data?: string;
	fileName?: string;
	mimeType: string;
	[field: string]: unknown;
}

export interface Item {
	json: Record<string, unknown>;
	binary?: Record<string, BinaryReference>;
	[field: string]: unknown;
}

export interface RunError {
	message: string;
	description?: string | null;
	[field: string]: unknown;
}

/** One run of one node. */
interface NodeRun {
	/** Indexed by output, then by item. */
	data?: { main?: Array<Item[] | null> };
	error?: RunError;
	executionStatus?: string;
	/** Milliseconds. */
	executionTime: number;
	[field: string]: unknown;
}

export interface RunData {
	resultData: {
		runData: Record<string, NodeRun[]>;
		error?: RunError;
		lastNodeExecuted?: string;
	};
	[field: string]: unknown;
}
