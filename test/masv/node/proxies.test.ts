import { readProxies } from '../../../masv/node/proxies';

const httpsProxy = (env: Record<string, string>) => readProxies(env).https;

describe('the proxies of the environment', () => {
	it.each([
		["a scheme's own variable before ALL_PROXY", { all_proxy: 'http://all', https_proxy: 'http://own' }, 'http://own'],
		['also in upper case', { all_proxy: 'http://all', HTTPS_PROXY: 'http://own' }, 'http://own'],
		['lower case before upper case', { HTTPS_PROXY: 'http://upper', https_proxy: 'http://lower' }, 'http://lower'],
		['ALL_PROXY for both schemes', { ALL_PROXY: 'http://all' }, 'http://all'],
		['no empty variable', { https_proxy: '', ALL_PROXY: 'http://all' }, 'http://all'],
		['none that is blank', { https_proxy: ' ', ALL_PROXY: 'http://all' }, 'http://all'],
		['an address without a scheme', { https_proxy: 'proxy.test:3128' }, 'http://proxy.test:3128'],
		['an address with white space around it', { https_proxy: ' http://proxy.test\n' }, 'http://proxy.test'],
		['a proxy that is spoken to over TLS', { https_proxy: 'https://proxy.test' }, 'https://proxy.test'],
	])('are read as n8n reads them: %s', (_, env, origin) => {
		expect(httpsProxy(env)).toMatchObject({ origin, name: origin, isSupported: true });
	});

	it('are separate for the two schemes', () => {
		const { http, https } = readProxies({ http_proxy: 'http://a.test', https_proxy: 'http://b.test' });
		expect([http?.origin, https?.origin]).toEqual(['http://a.test', 'http://b.test']);
		expect(readProxies({ http_proxy: 'http://a.test' }).https).toBeUndefined();
		expect(readProxies({})).toEqual({ http: undefined, https: undefined });
	});

	it('have no path, and no user in their name', () => {
		expect(httpsProxy({ https_proxy: 'http://ada:secret@proxy.test:3128/path?query#part' })).toMatchObject({
			uri: 'http://ada:secret@proxy.test:3128/',
			name: 'http://proxy.test:3128',
		});
	});

	it('may have a percent sign in the user name or the password that begins no escape', () => {
		const uri = (address: string) => httpsProxy({ https_proxy: address })?.uri;
		expect(uri('http://a%:b@proxy.test')).toBe('http://a%25:b@proxy.test/');
		expect(uri('http://a:100%@proxy.test')).toBe('http://a:100%25@proxy.test/');
		expect(uri('http://a:1%2F2@proxy.test')).toBe('http://a:1%2F2@proxy.test/');
	});

	it.each([
		['socks5://user:secret@proxy.test:1080', 'socks5://proxy.test:1080'],
		['http://', 'of the environment'],
		['http://proxy test', 'of the environment'],
	])('that are not supported are named without their user: %s', (address, name) => {
		expect(httpsProxy({ https_proxy: address })).toMatchObject({ name, isSupported: false });
	});
});
