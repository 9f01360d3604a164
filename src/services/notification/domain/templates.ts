import type { Template } from './template.ts';
import { ACCOUNT_TEMPLATES } from './templates/account.ts';
import { ORDER_TEMPLATES } from './templates/orders.ts';
import { PARCEL_TEMPLATES } from './templates/parcels.ts';
import { STOCK_TEMPLATES } from './templates/stock.ts';

/** Everything the suite can say, by name. A new text is an entry in one of these; a new parameter is one that all callers must give. */
export const TEMPLATES: ReadonlyMap<string, Template> = new Map(
  Object.entries({ ...ACCOUNT_TEMPLATES, ...ORDER_TEMPLATES, ...PARCEL_TEMPLATES, ...STOCK_TEMPLATES }),
);
