import type { INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { MasvApiError, MasvError, MasvInputError } from '../../masv/errors';

/** The only translation: whatever was thrown, as an error that n8n shows well and pairs with its item. */
export function toNodeError(node: INode, thrown: unknown, itemIndex: number): NodeApiError | NodeOperationError {
	if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) {
		thrown.context.itemIndex ??= itemIndex;
		return thrown;
	}
	if (thrown instanceof MasvApiError) {
		const facts: JsonObject = { service: thrown.service, status: thrown.status, details: thrown.details };
		if (thrown.code !== undefined) facts.code = thrown.code;
		if (thrown.requestId !== undefined) facts.request_id = thrown.requestId;
		return new NodeApiError(node, facts, {
			message: thrown.message,
			description: thrown.hint,
			httpCode: String(thrown.status),
			itemIndex,
		});
	}
	if (thrown instanceof MasvError) {
		const message = thrown instanceof MasvInputError ? `${thrown.message} [${thrown.field}]` : thrown.message;
		return new NodeOperationError(node, message, { description: thrown.hint, itemIndex });
	}
	return new NodeOperationError(node, thrown instanceof Error ? thrown : String(thrown), { itemIndex });
}
