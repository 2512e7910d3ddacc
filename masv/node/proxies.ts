/** A proxy that the environment names. */
export interface Proxy {
	/** For undici. Of a proxy that is not supported, an address that is never connected to. */
	uri: string;
	origin: string;
	/** Scheme, host and port, without user name and password. */
	name: string;
	isSupported: boolean;
}

export interface Proxies {
	http: Proxy | undefined;
	https: Proxy | undefined;
}

/** As n8n reads them: a scheme's own variable before ALL_PROXY, and lower case before upper case. */
export function readProxies(env: Record<string, string | undefined>): Proxies {
	const proxyFor = (scheme: string): Proxy | undefined => {
		const names = [`${scheme}_proxy`, 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
		const value = names.map((name) => env[name]?.trim()).find((each) => each !== undefined && each !== '');
		return value === undefined ? undefined : toProxy(value);
	};
	return { http: proxyFor('http'), https: proxyFor('https') };
}

function toProxy(value: string): Proxy {
	const text = value.includes('://') ? value : `http://${value}`;
	if (!URL.canParse(text)) return unsupported('proxy.invalid', 'of the environment');
	const url = new URL(text);
	const { protocol, host, origin, username, password } = url;
	if (protocol !== 'http:' && protocol !== 'https:') return unsupported(host, `${protocol}//${host}`);
	// Proxies have no paths, and undici cannot read these.
	[url.pathname, url.search, url.hash] = ['', '', ''];
	[url.username, url.password] = [decodable(username), decodable(password)];
	return { uri: url.href, origin, name: `${protocol}//${host}`, isSupported: true };
}

/** undici decodes it; a `%` that begins no escape, as many passwords contain, is meant as it is. */
function decodable(text: string): string {
	try {
		decodeURIComponent(text);
		return text;
	} catch {
		return text.replaceAll('%', '%25');
	}
}

function unsupported(host: string, name: string): Proxy {
	return { uri: `http://${host}`, origin: new URL(`http://${host}`).origin, name, isSupported: false };
}

/** A failure at a proxy instead of the server. */
export class ProxyError extends Error {
	/** `ERR_PROXY_STATUS`: it refuses the tunnel. `ERR_PROXY_UNSUPPORTED`: no HTTP proxy. Otherwise, see the cause. */
	readonly code: string | undefined;
	/** See {@link Proxy}. */
	readonly proxy: string;
	readonly status: number | undefined;

	constructor(proxy: string, { code, status, cause }: { code?: string; status?: number; cause?: unknown }) {
		super(`The proxy ${proxy} failed`, { cause });
		this.proxy = proxy;
		this.code = code;
		this.status = status;
	}
}
