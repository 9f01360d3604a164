import { describeRow } from './describe-row.ts';
import { instanceFreezes } from './rows/instance-freezes.ts';

describeRow('instanceFreezes', (setting) => instanceFreezes({ ...setting, callsPerSecond: 200, steadyMs: 500 }));
