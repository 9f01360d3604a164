import type { Clock, NewId } from '../../chassis/core/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import type { StockBell } from './stock-bell.ts';

/** What the handlers of stock work with. */
export interface InventoryDependencies {
  readonly database: Database;
  readonly bell: StockBell;
  readonly clock: Clock;
  readonly newId: NewId;
}
