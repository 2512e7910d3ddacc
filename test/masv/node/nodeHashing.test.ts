import { nodeHashing } from '../../../masv/node/nodeHashing';

describe('nodeHashing', () => {
	it.each([
		['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
		['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
		['Größe 🎬', '530bf630dbc1c7a9d69c23b9e1069600424e7ce51835127e00925bbfc3c18d88'],
	])('hashes %j', (text, hash) => expect(nodeHashing.sha256(text)).toBe(hash));

	it('computes the HMAC of RFC 4231, test case 2', () => {
		expect(nodeHashing.hmacSha256('Jefe', 'what do ya want for nothing?')).toBe(
			'5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
		);
	});

	it('returns different HMACs for different keys', () => {
		expect(nodeHashing.hmacSha256('a', 'text')).not.toBe(nodeHashing.hmacSha256('b', 'text'));
	});

	it('computes the MD5 of RFC 1321 from pieces', () => {
		const md5 = nodeHashing.md5();
		for (const piece of ['message', ' ', 'digest']) md5.update(Buffer.from(piece));
		expect(md5.hex()).toBe('f96b697d7cb7938d525a2f31aaf161d0');
	});

	it('computes CRC-32, at once and continued', () => {
		expect(nodeHashing.crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
		expect(nodeHashing.crc32(Buffer.from('6789'), nodeHashing.crc32(Buffer.from('12345')))).toBe(0xcbf43926);
	});

	it('returns the requested number of random bytes', () => {
		const values = Array.from({ length: 100 }, () => nodeHashing.randomHex(16));
		for (const value of values) expect(value).toMatch(/^[0-9a-f]{32}$/);
		expect(new Set(values).size).toBe(100);
		expect(nodeHashing.randomHex(0)).toBe('');
	});

	it.each([
		['', '', true],
		['Größe', 'Größe', true],
		['a', 'b', false],
		['a', 'aa', false],
		['', 'a', false],
		['ö', 'o\u0308', false],
	])('compares %j and %j', (a, b, equal) => expect(nodeHashing.isEqual(a, b)).toBe(equal));
});
