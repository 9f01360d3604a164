import { pendingOperations, type Source } from '../../chassis/outbound/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import type { Cards } from './cards.ts';
import { expireHold } from './expire-hold.ts';
import type { MethodRepository } from './method-repository.ts';
import type { PaymentOperations } from './operations.ts';
import type { ProviderClient } from './provider-client.ts';
import type { PaymentRepository } from './repository.ts';
import type { StoredMethod } from './rows.ts';

/** What is looked for with. */
export interface UnsettledOptions {
  readonly database: Database;
  readonly payments: PaymentRepository;
  readonly methods: MethodRepository;
  readonly operations: PaymentOperations;
  readonly cards: Cards;
  readonly provider: ProviderClient;
  /** How long whoever took something up has for it before another looks again, in milliseconds; doubled at each try. */
  readonly settleAfterMs: number;
}

/** After a card was asked for in vain so often, the question can no longer be on its way. */
const ATTEMPTS_BEFORE_ABANDONING = 3;

/**
 * What was asked of the provider is compared with what the provider knows, by key: charges whose answer was lost, holds
 * that ran out, cards that were kept or should be forgotten.
 */
export function unsettledSources(options: UnsettledOptions): readonly Source[] {
  const { database, payments, methods, operations, cards, provider, settleAfterMs } = options;

  async function settleCard(method: StoredMethod): Promise<void> {
    if (method.state === 'DELETED') return cards.forget(method);
    const said = await provider.findCard(method.key);
    if (said !== undefined) await cards.record(method.id, said);
    else if (method.attempts >= ATTEMPTS_BEFORE_ABANDONING) await methods.abandon(database, method.id);
  }

  return [
    pendingOperations(operations, (limit) => payments.claimOperations(database, limit, settleAfterMs)),
    async (limit) =>
      (await payments.claimHolds(database, limit, settleAfterMs)).map(({ id, provider_reference: reference }) => ({
        what: { payment: id },
        settle: () => expireHold(options, { id, providerReference: reference }),
      })),
    async (limit) =>
      (await methods.claim(database, limit, settleAfterMs)).map((method) => ({
        what: { paymentMethod: method.id },
        settle: () => settleCard(method),
      })),
  ];
}
