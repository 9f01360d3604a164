import { describeCheckoutRow } from './describe-checkout-row.ts';
import { lastItems } from './rows/last-items.ts';

describeCheckoutRow('lastItems', 'with 10 products of 4 pieces each and 100 buyers', (setting) =>
  lastItems({ ...setting, units: 4 }),
);
