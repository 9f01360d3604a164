import type { NewId } from '../../chassis/core/index.ts';
import type { Database, PageTokens } from '../../chassis/store/index.ts';
import type { RunCommand } from './commands.ts';
import type { ShipmentRepository } from './repository.ts';
import type { ShipmentWriter } from './writer.ts';

/** What the handlers work with; each takes the part it needs. */
export interface ShippingDependencies {
  readonly database: Database;
  readonly shipments: ShipmentRepository;
  readonly writer: ShipmentWriter;
  readonly run: RunCommand;
  readonly pageTokens: PageTokens;
  readonly newId: NewId;
  /** What is written down and not settled after this time, in milliseconds, the reconciler takes up. */
  readonly settleAfterMs: number;
}
