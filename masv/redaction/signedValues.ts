import type { TransportRequest } from '../transport';
import { isSignatureName } from './secretForms';

/** The secrets of a pre-signed request. A server that repeats one of them in an error need not repeat its name. */
export function signedValues({ url, headers }: Pick<TransportRequest, 'url' | 'headers'>): string[] {
	const query = URL.canParse(url) ? [...new URL(url).searchParams] : [];
	return [...query, ...Object.entries(headers)].flatMap(([name, value]) => (isSignatureName(name) ? [value] : []));
}
