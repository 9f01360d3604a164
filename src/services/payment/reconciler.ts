import { AppError, isAbortError, type Clock } from '../../chassis/core/index.ts';
import type { Logger } from '../../chassis/telemetry/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import type { Cards } from './cards.ts';
import { transition, type PaymentId } from './domain.ts';
import type { MethodRepository } from './method-repository.ts';
import type { Operations } from './operations.ts';
import type { ProviderClient } from './provider-client.ts';
import type { PaymentRepository } from './repository.ts';
import type { StoredMethod } from './rows.ts';

/** What the reconciler is made of. */
export interface ReconcilerOptions {
  readonly database: Database;
  readonly payments: PaymentRepository;
  readonly methods: MethodRepository;
  readonly operations: Operations;
  readonly cards: Cards;
  readonly provider: ProviderClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between two looks, in milliseconds. */
  readonly intervalMs: number;
  /** How long whoever took something up has for it before another looks again, in milliseconds; doubled at each try. */
  readonly settleAfterMs: number;
}

/** Settles what nobody repeats. */
export interface Reconciler {
  /** Looks again and again until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
  /** Looks once; returns how many things were taken up. */
  once(): Promise<number>;
}

const BATCH = 50;
/** After a card was asked for in vain so often, the question can no longer be on its way. */
const ATTEMPTS_BEFORE_ABANDONING = 3;

/**
 * Compares what was asked of the provider with what the provider knows, by key, and writes down the difference: charges
 * whose answer was lost, holds that ran out, cards that were kept or should be forgotten. Several instances share the work.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { database, payments, methods, operations, cards, provider, clock, logger, intervalMs, settleAfterMs } =
    options;

  async function expire(id: PaymentId, providerReference: string): Promise<void> {
    if (await provider.holds(providerReference)) return;
    await database.transaction(async (tx) => {
      const before = await payments.lock(tx, id);
      if (before?.state !== 'AUTHORIZED') return; // captured or voided meanwhile: that operation finds out for itself
      const { payment, bookings } = transition(before, { type: 'hold-expired' });
      await payments.update(tx, payment);
      await payments.book(tx, payment, { bookings, operationId: undefined, reconciled: true });
    });
  }

  async function settleCard(method: StoredMethod): Promise<void> {
    if (method.state === 'DELETED') return cards.forget(method);
    const said = await provider.findCard(method.key);
    if (said !== undefined) await cards.record(method.id, said);
    else if (method.attempts >= ATTEMPTS_BEFORE_ABANDONING) await methods.abandon(database, method.id);
  }

  /** One thing that cannot be settled now does not keep the others. */
  async function attempt(what: object, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      logger.info(what, 'settled by comparison with the provider');
    } catch (error) {
      if (isAbortError(error)) throw error;
      const expected = error instanceof AppError && error.status === 'UNAVAILABLE';
      logger[expected ? 'warn' : 'error']({ ...what, err: error }, 'not settled yet; it is tried again');
    }
  }

  async function once(): Promise<number> {
    const waiting = await payments.claimOperations(database, BATCH, settleAfterMs);
    for (const { id: operation, attempts } of waiting) {
      await attempt({ operation, attempts }, () => operations.settle(operation, { reconciled: true }));
    }
    const holds = await payments.claimHolds(database, BATCH, settleAfterMs);
    for (const { id: payment, provider_reference: reference } of holds) {
      await attempt({ payment }, () => expire(payment, reference));
    }
    const open = await methods.claim(database, BATCH, settleAfterMs);
    for (const method of open) await attempt({ paymentMethod: method.id }, () => settleCard(method));
    return waiting.length + holds.length + open.length;
  }

  return {
    once,
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(intervalMs, signal);
        while (!signal.aborted && (await once()) >= BATCH);
      }
    },
  };
}
