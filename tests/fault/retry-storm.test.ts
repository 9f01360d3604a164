import { describeRow } from './describe-row.ts';
import { retryStorm } from './rows/retry-storm.ts';

describeRow('retryStorm', (setting) =>
  retryStorm({ ...setting, callsPerSecond: 150, outageMs: 8_000, retryBurst: 100, alsoWithoutBreakers: false }),
);
