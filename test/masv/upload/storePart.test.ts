import { MasvConnectionError } from '../../../masv/errors';
import { outageOf } from '../../../masv/retry';
import type { Transport } from '../../../masv/transport';
import type { StoredPart } from '../../../masv/upload/storePart';
import { storePart } from '../../../masv/upload/storePart';
import { instantClock } from '../../support/instantClock';
import { failureOf, nockClient } from '../../support/nockMasv';
import { accessTo } from '../../support/packageAccess';
import { partsInFlight } from '../../support/partsInFlight';

const pieces = 10;

/**
 * Sends a part of ten pieces, each of which takes ten seconds, with a patience of one minute.
 * @param cuts after how many pieces the connection of each attempt is lost; the one after these succeeds
 */
async function send(cuts: number[]): Promise<StoredPart> {
	const clock = instantClock();
	let attempt = -1;
	const transport: Transport = async ({ body }) => {
		attempt++;
		let sent = 0;
		for await (const _ of body as AsyncIterable<Uint8Array>) {
			if (sent++ === cuts[attempt]) throw new MasvConnectionError('lost', { code: 'connection_lost' });
			await clock.sleep(10_000);
		}
		return { status: 200, headers: { etag: 'e1' }, text: '' };
	};
	const url = { url: 'https://storage.masv.test/part', headers: {}, body: '' };
	return await storePart(
		accessTo(nockClient({ transport, clock }), outageOf(60_000)),
		partsInFlight(),
		{ fileId: 'F1', uploadId: 'up-1', file: 'clip.mov' },
		{ get: () => Promise.resolve(url), renew: () => Promise.resolve(url) },
		{
			index: 0,
			url,
			bytes: pieces,
			read: async function* () {
				for (let piece = 0; piece < pieces; piece++) yield await Promise.resolve(Uint8Array.of(piece));
			},
		},
	);
}

describe('a part on a slow line', () => {
	it('is sent again if its connection is lost after more time than an outage may last', async () => {
		expect(await send([9])).toMatchObject({ attempts: 2 });
	});

	it('is given up if no attempt gets farther than those before', async () => {
		expect(await failureOf(send([9, 9, 9]))).toMatchObject({
			code: 'part_not_stored',
			message: 'lost (after 2 attempts)',
		});
	});
});
