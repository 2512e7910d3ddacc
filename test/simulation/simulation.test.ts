import { describeHistories } from './describeHistories';
import { deathRegressions, regressions } from './regressions';
import { simulate } from './simulate';
import { simulateDeaths } from './simulateDeaths';

/** More of them: `npm run test:simulation -- --seeds 1000000`. */
describeHistories('a simulated history keeps all rules', simulate, 2_000, regressions);

/** Some fifty histories per seed. More of them: `npm run test:simulation -- --deaths --seeds 1000`. */
describeHistories(
	'after each line of the journal, a run may end, and all rules are kept',
	simulateDeaths,
	10,
	deathRegressions,
	1,
);
