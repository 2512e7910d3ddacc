import type { INode, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';

import { MasvApiError, MasvError, MasvInputError } from '../../masv/errors';
import { joinSentences } from '../../masv/joinSentences';
import { adviceOn, fieldLabels } from './errorAdvice';

/** The only place that translates errors into n8n's own. Adds the index of the item. */
export function toNodeError(node: INode, thrown: unknown, itemIndex: number): NodeApiError | NodeOperationError {
	if (thrown instanceof NodeApiError || thrown instanceof NodeOperationError) {
		thrown.context.itemIndex ??= itemIndex;
		return thrown;
	}
	return withOwnMessage(translate(node, thrown, itemIndex), thrown);
}

/** The same for places where n8n shows only the message, such as activating a workflow: the hint becomes part of it. */
export function toOneLineError(node: INode, thrown: unknown): NodeApiError | NodeOperationError {
	const error = toNodeError(node, thrown, 0);
	if (!(thrown instanceof MasvError)) return error;
	const advice = adviceOn(thrown);
	if (advice !== undefined) error.message = joinSentences([error.message, advice]);
	error.description = undefined;
	return error;
}

/**
 * n8n replaces any message that contains a system error code, even within a file name, with its own text; ours
 * is more specific. The original is only written to n8n's log. Without advice, n8n would show MASV's reason a second time.
 */
function withOwnMessage<T extends NodeApiError | NodeOperationError>(error: T, thrown: unknown): T {
	if (!(thrown instanceof MasvError)) return error;
	error.message = messageOf(thrown);
	error.description = adviceOn(thrown);
	error.messages = [];
	return error;
}

/** With the label of the field, unless the message itself contains it. */
function messageOf(error: MasvError): string {
	if (!(error instanceof MasvInputError)) return error.message;
	const label = fieldLabels[error.field] ?? error.field;
	return error.message.toLowerCase().includes(label.toLowerCase()) ? error.message : `${error.message} [${label}]`;
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
