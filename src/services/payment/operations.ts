import { createOperations, refusalOf, type Operations, type Recording } from '../../chassis/outbound/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import { paymentJson } from './answer.ts';
import { transition } from './domain.ts';
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

/** What the provider is asked to do with payments. */
export type PaymentOperations = Operations<Operation>;

/** Binds operations to their stores and the provider. UNAVAILABLE is PROVIDER_UNAVAILABLE here. */
export function createPaymentOperations(options: OperationsOptions): PaymentOperations {
  const { database, payments, methods, provider } = options;

  /** The hold to release may still be on its way: what became of it has to be known first. */
  async function first({ kind, paymentId }: Operation): Promise<string | undefined> {
    if (kind !== 'VOID') return undefined;
    return (await payments.pendingOperation(database, paymentId, 'AUTHORIZE'))?.id;
  }

  async function ask(operation: Operation): Promise<Outcome> {
    const payment = existing(await payments.get(database, operation.paymentId), `payment ${operation.paymentId}`);
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

  async function record(
    tx: Queryable,
    { operation, subject, outcome, reconciled }: Recording<Operation, StoredPayment, Outcome>,
  ) {
    const { payment, bookings } = transition(subject, outcome.event);
    const after = await payments.update(tx, { ...subject, ...payment });
    await payments.book(tx, after, { bookings, operationId: operation.id, reconciled });
    const refusal = outcome.refusal(after);
    const state = refusal === undefined ? 'SUCCEEDED' : 'REFUSED';
    const settled = { ...operation, state, providerReference: outcome.providerReference } as const;
    const answer = refusal === undefined ? await success(tx, after, settled) : { refusal: refusalOf(refusal) };
    await payments.settleOperation(tx, operation.id, { ...settled, answer });
    if (after.state === 'VOIDED' && operation.kind === 'AUTHORIZE') await endVoid(tx, after);
    return { operation: { ...settled, answer }, subject: after };
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

  return createOperations<Operation, StoredPayment, Outcome>({
    database,
    job: 'payment',
    get: async (on, id) => existing(await payments.getOperation(on, id), `operation ${id}`),
    first,
    ask,
    lock: async (tx, { paymentId: id }) => existing(await payments.lock(tx, id), `payment ${id}`),
    record,
  });
}

function existing<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`there is no ${what}`);
  return found;
}
