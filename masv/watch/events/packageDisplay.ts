import { withoutSecrets } from '../../packages/shown';
import type { MasvPackage } from '../../schemas';
import type { Display } from '../found';

export const packageDisplay: Display<MasvPackage> = {
	toShown: (found) => ({ object: withoutSecrets(found) }),
	packageIdOf: ({ id }) => id,
};
