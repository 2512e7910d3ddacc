import { describeHistories } from './describeHistories';
import { regressions } from './regressions';
import { simulate } from './simulate';

/** More of them: `npm run test:simulation -- --seeds 1000000`. */
describeHistories('a simulated history keeps all rules', simulate, 2_000, regressions);
