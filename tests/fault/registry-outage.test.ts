import { describeRow } from './describe-row.ts';
import { registryOutage } from './rows/registry-outage.ts';

describeRow('registryOutage', (setting) => registryOutage({ ...setting, callsPerSecond: 200, outageMs: 5_000 }));
