import { describeRow } from './describe-row.ts';
import { rollingRestart } from './rows/rolling-restart.ts';

describeRow('rollingRestart', (setting) =>
  rollingRestart({ ...setting, drains: 3, calls: 2_000, callsPerSecond: 200 }),
);
