import type { IBinaryData, IDataObject } from 'n8n-workflow';

/** What an operation returns for an output item that contains files. */
export class OutputItem {
	readonly json: IDataObject;
	/** By name of the field. */
	readonly binary: Record<string, IBinaryData>;

	constructor(json: IDataObject, binary: Record<string, IBinaryData>) {
		this.json = json;
		this.binary = binary;
	}
}
