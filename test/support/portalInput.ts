import type { Sandbox } from '../../sandbox/start';
import { callApi } from '../sandbox/callApi';

let portals = 0;

/** Values for every field of *Create Portal* that a regular portal can have. What they refer to is in the sandbox. */
export async function regularPortal(sandbox: Sandbox) {
	const teamspace = { id: 'SPACE1', name: 'North' };
	const tag = { id: 'TAG1', name: 'Season 2' };
	sandbox.seedPortal({ teamspace, tag });
	const webhook = { url: 'https://b.example/hook', events: ['package.created'], method: 'POST', active: true };
	const route = `POST /v1/teams/${sandbox.teamId}/custom_webhooks`;
	const { json } = await callApi(sandbox, route, { key: true, body: webhook });
	return {
		name: 'Second Unit',
		subdomain: `second-unit-${++portals}`,
		active: true,
		page: {
			message: 'Hello',
			logoUrl: 'https://b.example/logo.png',
			backgroundUrl: 'https://b.example/background.png',
			primaryColor: '#112233',
			termsCheckbox: 'I agree',
			termsDescription: 'All of it',
			termsTitle: 'Terms',
			termsUrl: 'https://b.example/terms',
		},
		access: {
			accessLevel: 'regular',
			expiry: '2030-01-01T00:00:00.000Z',
			downloadPassword: 'made up out',
			teamspaceId: { mode: 'id', value: teamspace.id },
			uploadPassword: 'made up in',
		},
		packages: {
			disableReceipt: true,
			recipients: 'ann@b.example, ben@b.example',
			storageDays: 10,
			tagId: { mode: 'list', value: tag.id },
			webhookIds: json.id,
		},
		limits: {
			fileTypes: '.mov, mp4',
			maxFileCount: 10,
			maxFileMiB: 1024,
			maxPackageMiB: 51200,
			nameFormatLabel: 'Three letters',
			nameFormatValue: '^[A-Z]{3}$',
		},
		connections: { entries: [{ id: 'C1', targetAction: 'transfer', syncMetadata: true }] },
	};
}

/** The same for what only a private portal can have. */
export function privatePortal(sandbox: Sandbox) {
	const access = { accessLevel: 'private', accessList: sandbox.members()[0]?.id, uploadPassword: 'made up in' };
	return { name: 'Private', subdomain: `private-${++portals}`, active: false, access };
}
