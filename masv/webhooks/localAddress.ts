/**
 * Networks that only this machine or its local network can reach (RFC 1122, 1918, 3927, 6598): first address, prefix
 * length.
 */
const localIpv4 = [
	[[0, 0, 0, 0], 8],
	[[10, 0, 0, 0], 8],
	[[100, 64, 0, 0], 10],
	[[127, 0, 0, 0], 8],
	[[169, 254, 0, 0], 16],
	[[172, 16, 0, 0], 12],
	[[192, 168, 0, 0], 16],
] as const;

/**
 * Whether an address can be reached only from this machine or its local network, and so not by MASV. Names are not
 * resolved.
 */
export function isLocalAddress(url: string): boolean {
	if (!URL.canParse(url)) return false;
	// `URL` normalizes every spelling of an IP address: 127.0.0.1 for 0x7f.1, [::1] for [0:0:0:0:0:0:0:1].
	const host = new URL(url).hostname.toLowerCase();
	if (host.startsWith('[')) return isLocalIpv6(host.slice(1, -1));
	if (/^\d+(\.\d+){3}$/.test(host)) return isLocalIpv4(host.split('.').map(Number));
	// A name without a dot, or with a suffix reserved for local networks (RFC 6761, RFC 6762, RFC 8375).
	return !host.includes('.') || /\.(localhost|local|internal|lan|home\.arpa|test|invalid)\.?$/.test(host);
}

function isLocalIpv4(bytes: number[]): boolean {
	const toNumber = (address: readonly number[]): number => address.reduce((sum, byte) => sum * 256 + byte, 0);
	return localIpv4.some(([network, prefix]) => {
		const size = 2 ** (32 - prefix);
		return Math.floor(toNumber(bytes) / size) === Math.floor(toNumber(network) / size);
	});
}

/** @param address as `URL` writes it: hexadecimal groups, the longest run of zeros as `::` */
function isLocalIpv6(address: string): boolean {
	const [head = '', tail] = address.split('::');
	const toGroups = (text: string): number[] =>
		text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
	const last = tail === undefined ? [] : toGroups(tail);
	const first = toGroups(head);
	const groups = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
	const [g0 = 0, , , , , g5 = 0, g6 = 0, g7 = 0] = groups;
	if (groups.slice(0, 5).every((group) => group === 0)) {
		// `::` means every address of this machine, `::1` the machine itself.
		if (g5 === 0 && g6 === 0 && g7 <= 1) return true;
		// ::ffff:10.0.0.1 is an IPv4 address written as an IPv6 one.
		if (g5 === 0xffff) return isLocalIpv4([g6 >> 8, g6 & 0xff, g7 >> 8, g7 & 0xff]);
	}
	// Unique local addresses, fc00::/7, and link-local ones, fe80::/10 (RFC 4193, RFC 4291).
	return (g0 & 0xfe00) === 0xfc00 || (g0 & 0xffc0) === 0xfe80;
}
