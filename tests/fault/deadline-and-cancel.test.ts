import { describeRow } from './describe-row.ts';
import { deadlineAndCancel } from './rows/deadline-and-cancel.ts';

describeRow('deadlineAndCancel', (setting) =>
  deadlineAndCancel({ ...setting, calls: 200, cancels: 100, withinMs: 2_000 }),
);
