import { noRetry } from '../../../masv/retry';
import { bufferSource } from '../../../masv/transfer/bufferSource';
import { removeLateEntries } from '../../../masv/upload/removeLateEntries';
import { masv, nockClient, useNock } from '../../support/nockMasv';
import { accessTo, nothingKnown } from '../../support/packageAccess';

useNock();

const files = '/v1/packages/P1/files';
const modifiedAt = new Date('2026-01-02T03:04:05.678Z');
const source = bufferSource(Buffer.from('content'), { name: 'clip.mov', path: '', modifiedAt });
const listed = (id: string) => ({ id, name: 'clip.mov', path: '', size: 7, last_modified: modifiedAt.toISOString() });

describe('what a lost request to add a file has left late', () => {
	it('is removed, but not what this or another delivery has noted', async () => {
		masv().get(files).times(2).reply(200, ['own', 'late', 'other'].map(listed));
		masv().delete(`${files}/late`).reply(204);
		masv().get(files).reply(200, ['own', 'other'].map(listed));
		const known = {
			...nothingKnown(),
			isOwnPackage: false,
			ownIds: new Set(['own']),
			others: new Map([['clip.mov', { isAtWork: false, entries: new Map([['other', false]]) }]]),
			lostPlaces: new Set(['clip.mov']),
		};
		const warnings: string[] = [];
		const onWarning = (text: string): void => void warnings.push(text);
		await removeLateEntries(accessTo(nockClient(), noRetry), known, [source], new Set(['own']), onWarning);
		expect(warnings).toEqual([]);
	});
});
