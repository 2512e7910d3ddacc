import { describeHistories } from '../describeHistories';
import { receiveRegressions } from './receiveRegressions';
import { simulateReceives } from './simulateReceives';

/** More of them: `npm run test:simulation -- --downloads --seeds 1000000`. */
describeHistories('a simulated history of downloads keeps all rules', simulateReceives, 1_000, receiveRegressions);
