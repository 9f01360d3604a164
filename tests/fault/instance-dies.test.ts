import { describeRow } from './describe-row.ts';
import { instanceDies } from './rows/instance-dies.ts';

describeRow('instanceDies', (setting) =>
  instanceDies({ ...setting, callsPerSecond: 200, resolvers: 3, steadyMs: 500 }),
);
