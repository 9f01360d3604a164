import { describeRow } from './describe-row.ts';
import { compactionWhileCutOff } from './rows/compaction-while-cut-off.ts';

describeRow('compactionWhileCutOff', (setting) => compactionWhileCutOff({ ...setting, rounds: 5 }));
