import { backgroundCall, currentCall, runInCall } from '../../chassis/core/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import { paymentJson, refusalOf } from './answer.ts';
import { transition, type PaymentId } from './domain.ts';
import type { MethodRepository } from './method-repository.ts';
import { authorizationOutcome, captureOutcome, refundOutcome, voidOutcome, type Outcome } from './outcomes.ts';
import type { ProviderClient } from './provider-client.ts';
import type { PaymentRepository } from './repository.ts';
import type { Operation, StoredPayment } from './rows.ts';
import { paymentMessage } from './wire.ts';

/** What operations are settled with. */
export interface OperationsOptions {
  readonly database: Database;
  readonly payments: PaymentRepository;
  readonly methods: MethodRepository;
  readonly provider: ProviderClient;
}

/** Operations that were written down are carried out at the provider, and what it answered is written down too. */
export interface Operations {
  /**
   * Asks the provider, under the operation's key, and records the outcome; an operation that is settled is returned as it
   * is. However often and by however many it is called, the provider does it once and one of the callers records it.
   * `reconciled`: nobody's call waits for it. UNAVAILABLE (PROVIDER_UNAVAILABLE) when the outcome stays unknown.
   */
  settle(id: string, options?: { readonly reconciled: boolean }): Promise<Operation>;
}

/** Binds operations to their stores and the provider. */
export function createOperations({ database, payments, methods, provider }: OperationsOptions): Operations {
  async function settle(id: string, { reconciled } = { reconciled: false }): Promise<Operation> {
    const operation = await existing(database, id);
    if (operation.state !== 'PENDING') return operation;
    if (operation.kind === 'VOID') {
      // The hold to release may still be on its way: what became of it has to be known first.
      const authorization = await payments.pendingOperation(database, operation.paymentId, 'AUTHORIZE');
      if (authorization !== undefined) {
        await settle(authorization.id, { reconciled });
        return settle(id, { reconciled });
      }
    }
    const outcome = await ask(operation, await paymentOf(operation.paymentId));
    return beyondTheCall(() => database.transaction((tx) => record(tx, operation, outcome, reconciled)));
  }

  /** No transaction is open here: the provider may take its time. */
  async function ask(operation: Operation, payment: StoredPayment): Promise<Outcome> {
    const { key, minor } = operation;
    switch (operation.kind) {
      case 'AUTHORIZE': {
        const method = await methods.get(database, payment.paymentMethodId);
        const charge = { token: method?.token ?? '', currency: payment.currency, reference: payment.orderId };
        return authorizationOutcome(await provider.authorize({ key, minor, ...charge }));
      }
      case 'CAPTURE': {
        const answer = await provider.capture({ key, authorization: payment.providerReference, minor });
        return captureOutcome(answer, minor);
      }
      case 'VOID':
        await provider.void({ key, authorization: payment.providerReference });
        return voidOutcome(payment.providerReference);
      case 'REFUND':
        return refundOutcome(await provider.refund({ key, capture: payment.captureReference, minor }), minor);
    }
  }

  async function record(tx: Queryable, asked: Operation, outcome: Outcome, reconciled: boolean): Promise<Operation> {
    const { id, paymentId } = asked;
    const before = await payments.lock(tx, paymentId);
    if (before === undefined) throw new Error(`the payment ${paymentId} of operation ${id} is gone`);
    const operation = await existing(tx, id);
    if (operation.state !== 'PENDING') return operation; // another call has recorded it meanwhile

    const { payment, bookings } = transition(before, outcome.event);
    const after = await payments.update(tx, { ...before, ...payment });
    await payments.book(tx, after, { bookings, operationId: id, reconciled });
    const refusal = outcome.refusal(after);
    const state = refusal === undefined ? 'SUCCEEDED' : 'REFUSED';
    const settled = { ...operation, state, providerReference: outcome.providerReference } as const;
    const answer = refusal === undefined ? await success(tx, after, settled) : { refusal: refusalOf(refusal) };
    await payments.settleOperation(tx, id, { ...settled, answer });
    if (after.state === 'VOIDED' && operation.kind === 'AUTHORIZE') await endVoid(tx, after);
    return { ...settled, answer };
  }

  /** The authorization was declined while a void waited for it: that void has nothing left to ask the provider. */
  async function endVoid(tx: Queryable, payment: StoredPayment): Promise<void> {
    const waiting = await payments.pendingOperation(tx, payment.id, 'VOID');
    if (waiting === undefined) return;
    const settled = { ...waiting, state: 'SUCCEEDED' } as const;
    await payments.settleOperation(tx, waiting.id, { ...settled, answer: await success(tx, payment, settled) });
  }

  /** The payment as it stands with this operation, which the table still shows as pending. */
  async function success(tx: Queryable, payment: StoredPayment, settled: Operation): Promise<object> {
    const refunds = payment.captured > 0n ? await payments.refundsOf(tx, [payment.id]) : [];
    const current = refunds.map((refund) =>
      refund.id === settled.id ? { ...settled, updateTime: payment.updateTime } : refund,
    );
    return { ok: paymentJson(paymentMessage(payment, current)) };
  }

  async function existing(on: Queryable, id: string): Promise<Operation> {
    const operation = await payments.getOperation(on, id);
    if (operation === undefined) throw new Error(`there is no operation ${id}`);
    return operation;
  }

  async function paymentOf(id: PaymentId): Promise<StoredPayment> {
    const payment = await payments.get(database, id);
    if (payment === undefined) throw new Error(`there is no payment ${id}`);
    return payment;
  }

  return { settle };
}

/** What the provider answered is written down also when the caller has gone or its deadline has passed. */
function beyondTheCall<T>(work: () => Promise<T>): Promise<T> {
  const call = currentCall() ?? backgroundCall({ callId: '', job: 'payment' });
  return runInCall({ ...call, deadlineMs: undefined, signal: undefined }, work);
}
