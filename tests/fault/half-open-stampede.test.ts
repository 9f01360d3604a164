import { describeRow } from './describe-row.ts';
import { halfOpenStampede } from './rows/half-open-stampede.ts';

describeRow('halfOpenStampede', (setting) => halfOpenStampede({ ...setting, callers: 200 }));
