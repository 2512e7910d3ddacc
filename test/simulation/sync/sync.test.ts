import { describeHistories } from '../describeHistories';
import { simulateSync } from './simulateSync';
import { syncRegressions } from './syncRegressions';

/** More of them: `npm run test:simulation -- --sync --seeds 1000000`. */
describeHistories('a simulated history of jobs keeps all rules', simulateSync, 300, syncRegressions);
