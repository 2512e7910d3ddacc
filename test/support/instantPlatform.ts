import { createPaces } from '../../masv/pace';
import { platform } from '../../nodes/Masv/platform';
import { instantClock } from './instantClock';

/** Call at the top of a test file: the nodes wait on a clock that never does, and one test does not slow down the next. */
export function useInstantPlatform(): void {
	beforeEach(() => {
		const clock = instantClock();
		jest.replaceProperty(platform, 'clock', clock);
		jest.spyOn(platform, 'paces').mockImplementation(createPaces(clock));
	});
	afterEach(() => void jest.restoreAllMocks());
}
