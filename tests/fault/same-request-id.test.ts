import { describeCheckoutRow } from './describe-checkout-row.ts';
import { sameRequestId } from './rows/same-request-id.ts';

describeCheckoutRow('sameRequestId', 'with 4 ids, 50 callers each', (setting) =>
  sameRequestId({ ...setting, ids: 4, callers: 50 }),
);
