import type { Clock, NewId } from '../../chassis/core/index.ts';
import type { Database, PageTokens } from '../../chassis/store/index.ts';
import type { RunCommand } from './commands.ts';
import type { MethodRepository } from './method-repository.ts';
import type { ProviderClient } from './provider-client.ts';
import type { PaymentRepository } from './repository.ts';
import type { PaymentWriter } from './writer.ts';

/** What the handlers work with; each takes the part it needs. */
export interface PaymentDependencies {
  readonly database: Database;
  readonly payments: PaymentRepository;
  readonly methods: MethodRepository;
  readonly writer: PaymentWriter;
  readonly provider: ProviderClient;
  readonly run: RunCommand;
  readonly pageTokens: PageTokens;
  readonly clock: Clock;
  readonly newId: NewId;
  /** What is written down and not settled after this time, in milliseconds, the reconciler takes up. */
  readonly settleAfterMs: number;
}
