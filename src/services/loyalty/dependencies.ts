import type { Clock, NewId } from '../../chassis/core/index.ts';
import type { Database, PageTokens } from '../../chassis/store/index.ts';

/** What the handlers work with. */
export interface LoyaltyDependencies {
  readonly database: Database;
  readonly pageTokens: PageTokens;
  readonly clock: Clock;
  readonly newId: NewId;
}
