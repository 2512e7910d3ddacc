import type { MasvPackage } from '../schemas';

/** The package for output: without its token, and with its download password masked. */
export function withoutSecrets(found: MasvPackage): Omit<MasvPackage, 'access_token'> {
	const { access_token: _secret, ...shown } = found;
	return typeof shown.password === 'string' && shown.password !== '' ? { ...shown, password: '****' } : shown;
}
