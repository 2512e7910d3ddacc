import type { INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { MasvApiError, MasvError, MasvInputError } from '../../masv/errors';
import { adviceOn, fieldLabels } from './errorAdvice';

/** The only translation: whatever was thrown, as an error that n8n shows well and pairs with its item. */
export function toNodeError(node: INode, thrown: unknown, itemIndex: number): NodeApiError | NodeOperationError {
	if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) {
		thrown.context.itemIndex ??= itemIndex;
		return thrown;
	}
	return withOwnMessage(translate(node, thrown, itemIndex), thrown);
}

/** The same for where n8n shows nothing but the message, as when a workflow is activated: the advice goes into it. */
export function toOneLineError(node: INode, thrown: unknown): NodeApiError | NodeOperationError {
	const error = toNodeError(node, thrown, 0);
	if (!(thrown instanceof MasvError)) return error;
	const advice = adviceOn(thrown);
	if (advice !== undefined) error.message = `${error.message}. ${advice}`;
	error.description = undefined;
	return error;
}

/**
 * n8n puts texts of its own in the place of any message in which it finds a system's error code, be it in a file name; ours
 * says more. The original goes to n8n's log only.
 */
function withOwnMessage<T extends NodeApiError | NodeOperationError>(error: T, thrown: unknown): T {
	if (!(thrown instanceof MasvError)) return error;
	error.message = messageOf(thrown);
	error.messages = [];
	return error;
}

function messageOf(error: MasvError): string {
	return error instanceof MasvInputError
		? `${error.message} [${fieldLabels[error.field] ?? error.field}]`
		: error.message;
}

function translate(node: INode, thrown: unknown, itemIndex: number): NodeApiError | NodeOperationError {
	if (thrown instanceof MasvApiError) {
		const facts: JsonObject = { service: thrown.service, status: thrown.status, details: thrown.details };
		if (thrown.serviceCode !== undefined) facts.code = thrown.serviceCode;
		if (thrown.requestId !== undefined) facts.request_id = thrown.requestId;
		return new NodeApiError(node, facts, {
			message: thrown.message,
			description: adviceOn(thrown),
			httpCode: String(thrown.status),
			itemIndex,
		});
	}
	if (thrown instanceof MasvError) {
		return new NodeOperationError(node, messageOf(thrown), { description: adviceOn(thrown), itemIndex });
	}
	return new NodeOperationError(node, thrown instanceof Error ? thrown : String(thrown), { itemIndex });
}
