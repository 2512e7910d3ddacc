import { isLocalAddress } from '../../../masv/webhooks/localAddress';

describe('isLocalAddress', () => {
	it.each([
		'http://localhost:5678/',
		'http://127.0.0.1:5678/webhook/x',
		'http://127.8.9.1/',
		'http://0.0.0.0:5678/',
		'http://10.1.2.3/',
		'http://172.31.0.1/',
		'http://192.168.178.20:5678/',
		'http://169.254.1.1/',
		'http://100.64.3.2/',
		'http://[::1]:5678/',
		'http://[fd12::1]/',
		'http://[fe80::1]/',
		'http://[::ffff:192.168.1.1]/',
		'http://n8n:5678/',
		'https://n8n.local/',
		'https://n8n.studio.internal/',
		'https://N8N.LAN/',
	])('finds %s local', (url) => {
		expect(isLocalAddress(url)).toBe(true);
	});

	it.each([
		'https://n8n.example.com/',
		'https://8.8.8.8/',
		'http://172.32.0.1/',
		'http://[2001:db8::1]/',
		'https://localhost.example.com/',
		'https://api.massive.app',
	])('finds %s public', (url) => {
		expect(isLocalAddress(url)).toBe(false);
	});
});
