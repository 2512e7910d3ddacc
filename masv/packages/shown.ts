import type { MasvPackage } from '../schemas';

/** The package as people may see it: without its token, and of its download password only that there is one. */
export function withoutSecrets(found: MasvPackage): Omit<MasvPackage, 'access_token'> {
	const { access_token: _secret, ...shown } = found;
	return typeof shown.password === 'string' && shown.password !== '' ? { ...shown, password: '****' } : shown;
}
