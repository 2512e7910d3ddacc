import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Message {
	role: string;
	content: string | null;
}

/** What an agent has sent to the model. */
interface ChatRequest {
	messages: Message[];
	tools?: Array<{ function: { name: string; description: string; parameters: { properties?: object } } }>;
}

export interface FakeModel {
	/** For n8n's OpenAI credential. */
	url: string;
	requests: ChatRequest[];
	/** The arguments with which the model calls its tool next. */
	calls: object;
	close(): Promise<void>;
}

/** A model with OpenAI's API that calls its first tool once, and then answers what the tool has returned. */
export async function startFakeModel(): Promise<FakeModel> {
	const model: FakeModel = { url: '', requests: [], calls: {}, close: async () => {} };
	const server = createServer((request, response) => {
		void read(request).then((body) => {
			model.requests.push(body);
			const last = body.messages.at(-1);
			const tool = body.tools?.[0]?.function.name;
			const call = { id: 'call-1', type: 'function', function: { name: tool, arguments: JSON.stringify(model.calls) } };
			const isDone = last?.role === 'tool';
			const message = isDone
				? { role: 'assistant', content: `Found: ${last.content}` }
				: { role: 'assistant', content: null, tool_calls: [call] };
			const choice = { index: 0, message, finish_reason: isDone ? 'stop' : 'tool_calls' };
			const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
			response.setHeader('content-type', 'application/json');
			response.end(
				JSON.stringify({
					id: 'chat-1',
					object: 'chat.completion',
					created: 0,
					model: 'fake',
					choices: [choice],
					usage,
				}),
			);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	model.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
	model.close = async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	};
	return model;
}

async function read(request: IncomingMessage): Promise<ChatRequest> {
	const pieces: Buffer[] = [];
	for await (const piece of request) pieces.push(piece as Buffer);
	return JSON.parse(Buffer.concat(pieces).toString()) as ChatRequest;
}
