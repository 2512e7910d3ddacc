import { BlockList, isIP } from 'node:net';

const local = new BlockList();
for (const [network, prefix] of [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.168.0.0', 16],
] as const) {
	local.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
	['::', 127],
	['fc00::', 7],
	['fe80::', 10],
] as const) {
	local.addSubnet(network, prefix, 'ipv6');
}

/** Whether only this machine or its own network can reach an address: MASV cannot. Names are not looked up. */
export function isLocalAddress(url: string): boolean {
	if (!URL.canParse(url)) return false;
	const host = new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
	const version = isIP(host);
	if (version !== 0) return local.check(host, version === 4 ? 'ipv4' : 'ipv6');
	// A name without a dot, and those that are reserved for one's own network (RFC 6761, RFC 6762, RFC 8375).
	return !host.includes('.') || /\.(localhost|local|internal|lan|home\.arpa|test|invalid)\.?$/.test(host);
}
