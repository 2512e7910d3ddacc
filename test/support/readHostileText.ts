/**
 * A process that gives one long text to everything in this package that reads text of others, and then ends. The text comes as JSON
 * in the first argument: how it begins, what it repeats, and how it ends.
 */
import { isAlreadyDone, isIncompletePackage, isInProgress, isUnusableParts } from '../../masv/answers';
import { checkApiKey, checkTeamId, toAccessCode, toBaseUrl } from '../../masv/credential';
import { MasvApiError } from '../../masv/errors';
import { parseLink } from '../../masv/linkAddress';
import { parseHead } from '../../masv/node/responseHead';
import { splitUrl } from '../../masv/node/splitUrl';
import { describeUnknownBody } from '../../masv/responseBody';
import { parseRetryAfter } from '../../masv/retry';
import { Secrets } from '../../masv/secrets';
import { placeOf } from '../../masv/transfer/places';
import { xmlElement } from '../../masv/xmlElement';
import { checkAddresses } from '../../nodes/Masv/values/address';
import { parseDateText } from '../../nodes/Masv/values/dateText';

const secrets = new Secrets();
secrets.add('k{e<y=:!/,1');
secrets.add('a{longer}<key>=:!/,1');

const readers: Array<(text: string) => unknown> = [
	(text) => secrets.redact(text),
	(text) => xmlElement(text, 'UploadId'),
	(text) => describeUnknownBody({ status: 500, headers: {}, text }, undefined),
	(text) => [isAlreadyDone, isIncompletePackage, isInProgress, isUnusableParts].map((means) => means(refusal(text))),
	(text) => parseRetryAfter(text, { date: text, nowMs: 0 }),
	(text) => toBaseUrl(`https://masv.test/${text}`),
	(text) => checkApiKey(text),
	(text) => placeOf({ name: 'a', path: text }),
	(text) => checkAddresses([text], 'Recipients'),
	(text) => parseDateText(text),
	(text) => toAccessCode(text),
	(text) => checkTeamId(text),
	(text) => splitUrl(`https://${text}`),
	(text) => parseLink(text, 'link'),
	(text) => parseHead(`HTTP/1.1 200 OK\r\na:${text}`),
];

function refusal(text: string): MasvApiError {
	return new MasvApiError({
		code: 'request_rejected',
		operation: 'read it',
		service: 'MASV',
		status: 422,
		details: [text],
	});
}

function main([start, repeated, end]: string[]): void {
	const text = `${start}${repeated?.repeat(2 ** 19 / repeated.length)}${end}`;
	for (const read of readers) {
		try {
			read(text);
		} catch (error) {
			// That it is no address, for example. What matters is that it comes to an end.
			if (!(error instanceof Error)) throw error;
		}
	}
}

main(JSON.parse(process.argv[2] ?? '') as string[]);
// The channel to the parent would keep the process alive.
process.exit();
