import type { NodeOperationError } from 'n8n-workflow';

import { runMasv, useDataFolder } from '../../../support/masvNode';
import { useInstantPlatform } from '../../../support/instantPlatform';
import { packageRoute } from '../../../support/nockNode';
import { failureOf, masv, useNock } from '../../../support/nockMasv';

useNock();
useDataFolder();
useInstantPlatform();

const run = async (options: object) => {
	masv()
		.get(packageRoute('P1'))
		.times(200)
		.optionally()
		.reply(200, { id: 'P1', access_token: 'token-P1', state: 'new' });
	const parameters = { resource: 'package', operation: 'wait', packageId: 'P1', until: 'finalized', options };
	return await runMasv({ parameters });
};

describe('Package > Wait, when the time is up', () => {
	it('fails by default', async () => {
		const { message, description } = await failureOf<NodeOperationError>(run({ timeLimit: 5 }));
		expect(message).toBe('The time limit was reached before package P1 was finalized');
		expect(description).toBe(
			'MASV continues to process the package. Run this again later, or set a longer Time Limit (Minutes).',
		);
	});

	it('outputs the package if it is to continue', async () => {
		const [output] = await run({ timeLimit: 5, ifTimeUp: 'continue' });
		expect(output?.json).toEqual({ id: 'P1', state: 'new', reached: false });
	});
});
