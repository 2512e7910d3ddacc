import type { N8nSession } from './N8nSession.ts';

export interface CredentialReference {
	id: string;
	name: string;
}

export interface Credential extends CredentialReference {
	type: string;
}

export interface CredentialTest {
	status: 'OK' | 'Error';
	message: string;
}

/** The owner's credentials. */
export class N8nCredentials {
	readonly #session: N8nSession;

	constructor(session: N8nSession) {
		this.#session = session;
	}

	async create(name: string, type: string, data: Record<string, unknown>): Promise<Credential> {
		const { id } = await this.#session.request<Credential>('POST', '/credentials', { name, type, data });
		return { id, name, type };
	}

	async list(): Promise<Credential[]> {
		return await this.#session.request<Credential[]>('GET', '/credentials');
	}

	/** Tests a saved credential, as "Retry" in the editor does. `data` overrides saved fields. */
	async test(credential: Credential, data?: Record<string, unknown>): Promise<CredentialTest> {
		const saved = await this.#session.request<{ data: Record<string, unknown> }>(
			'GET',
			`/credentials/${credential.id}?includeData=true`,
		);
		const { id, name, type } = credential;
		return await this.#session.request<CredentialTest>('POST', '/credentials/test', {
			// n8n returns placeholders for secret fields and replaces them with the saved values here.
			credentials: { id, name, type, data: { ...saved.data, ...data } },
		});
	}
}

/**
 * Returns the saved credential of the same type and name, else the only one of that type.
 * @throws Error if none or several match
 */
export function pickCredential(saved: Credential[], type: string, name: string, node: string): CredentialReference {
	const ofType = saved.filter((credential) => credential.type === type);
	const picked = ofType.find((credential) => credential.name === name) ?? (ofType.length === 1 ? ofType[0] : undefined);
	if (picked === undefined) {
		const there = ofType.map((credential) => `"${credential.name}"`).join(', ') || 'none';
		throw new Error(`"${node}" needs the credential "${name}" (${type}); available: ${there}`);
	}
	return { id: picked.id, name: picked.name };
}
