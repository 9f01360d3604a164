import { describeRow } from './describe-row.ts';
import { hostileWire } from './rows/hostile-wire.ts';

describeRow('hostileWire', (setting) => hostileWire({ ...setting, rounds: 1, callsPerSecond: 50, waitMs: 200 }));
