import { generateKeyPairSync, sign } from 'node:crypto';

export interface Certificate {
	key: string;
	cert: string;
}

/** A certificate for `127.0.0.1` that signs itself, made anew each time so that no private key lies in the repository. */
export function selfSigned(): Certificate {
	const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'));
	const name = sequence(set(sequence(identifier('550403'), der(0x0c, Buffer.from('127.0.0.1')))));
	const validity = sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z')));
	const loopback = sequence(der(0x87, Buffer.from([127, 0, 0, 1])));
	const extensions = sequence(sequence(identifier('551d11'), der(0x04, loopback))); // subjectAltName
	const body = sequence(
		der(0xa0, der(0x02, Buffer.from([2]))), // X.509 version 3
		der(0x02, Buffer.from([1])), // serial number
		ecdsaWithSha256,
		name,
		validity,
		name,
		publicKey.export({ type: 'spki', format: 'der' }),
		der(0xa3, extensions),
	);
	const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]));
	const cert = sequence(body, ecdsaWithSha256, signature).toString('base64');
	return {
		key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
		cert: `-----BEGIN CERTIFICATE-----\n${cert.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
	};
}

/** One value of DER (X.690): what it is, its length, its content. */
function der(tag: number, content: Buffer): Buffer {
	const { length } = content;
	const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...content: Buffer[]): Buffer => der(0x30, Buffer.concat(content));
const set = (...content: Buffer[]): Buffer => der(0x31, Buffer.concat(content));
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
