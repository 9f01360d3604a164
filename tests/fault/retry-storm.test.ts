import { describeRow } from './describe-row.ts';
import { retryStorm } from './rows/retry-storm.ts';

describeRow('retryStorm', (setting) =>
  retryStorm({ ...setting, callsPerSecond: 400, outageMs: 9_000, alsoWithoutBreakers: false }),
);
