import {
  createOperations,
  refusalOf,
  type Facts,
  type Operations,
  type Recorded,
  type Recording,
} from '../../chassis/outbound/index.ts';
import type { Database, Queryable } from '../../chassis/store/index.ts';
import { paymentJson } from './answer.ts';
import { transition } from './domain.ts';
import { publishedEvent } from './events.ts';
import type { MethodRepository } from './method-repository.ts';
import { authorizationOutcome, captureOutcome, refundOutcome, voidOutcome, type Outcome } from './outcomes.ts';
import type { ProviderClient } from './provider-client.ts';
import type { PaymentRepository } from './repository.ts';
import type { Operation, SettledOperation, StoredPayment } from './rows.ts';
import { paymentMessage } from './wire.ts';
import type { PaymentWriter } from './writer.ts';

/** What operations are settled with. */
export interface OperationsOptions {
  readonly database: Database;
  readonly payments: PaymentRepository;
  readonly methods: MethodRepository;
  readonly writer: PaymentWriter;
  readonly provider: ProviderClient;
}

/** What it takes to ask the provider. */
export interface PaymentFacts extends Facts<StoredPayment> {
  /** What the provider calls the card; empty where it need not be known. */
  readonly token: string;
}

/** What the provider is asked to do with payments. */
export type PaymentOperations = Operations<Operation, PaymentFacts>;

type PaymentRecording = Recording<Operation, StoredPayment, Outcome>;

/** Binds operations to their stores and the provider. UNAVAILABLE is PROVIDER_UNAVAILABLE here. */
export function createPaymentOperations(options: OperationsOptions): PaymentOperations {
  const { database, payments, methods, writer, provider } = options;

  /** The hold to release may still be on its way: what became of it has to be known first. */
  async function first({ kind, paymentId }: Operation): Promise<string | undefined> {
    if (kind !== 'VOID') return undefined;
    return (await payments.pendingOperation(database, paymentId, 'AUTHORIZE'))?.id;
  }

  async function facts({ kind, paymentId }: Operation): Promise<PaymentFacts> {
    const subject = existing(await payments.get(database, paymentId), `payment ${paymentId}`);
    const method = kind === 'AUTHORIZE' ? await methods.get(database, subject.paymentMethodId) : undefined;
    return { subject, token: method?.token ?? '' };
  }

  async function ask({ kind, key, minor }: Operation, { subject, token }: PaymentFacts): Promise<Outcome> {
    switch (kind) {
      case 'AUTHORIZE': {
        const charge = { token, currency: subject.currency, reference: subject.orderId };
        return authorizationOutcome(await provider.authorize({ key, minor, ...charge }));
      }
      case 'CAPTURE': {
        const answer = await provider.capture({ key, authorization: subject.providerReference, minor });
        return captureOutcome(answer, minor);
      }
      case 'VOID':
        await provider.void({ key, authorization: subject.providerReference });
        return voidOutcome(subject.providerReference);
      case 'REFUND':
        return refundOutcome(await provider.refund({ key, capture: subject.captureReference, minor }), minor);
    }
  }

  /** Authorizations and captures of payments that nothing else happened to meanwhile: no void waits, nothing is refunded. */
  async function recordPlainly({ operation, subject: before, outcome, reconciled }: PaymentRecording) {
    const isPlain = before.state === (operation.kind === 'AUTHORIZE' ? 'AUTHORIZING' : 'CAPTURING');
    if (!isPlain || (operation.kind !== 'AUTHORIZE' && operation.kind !== 'CAPTURE')) return undefined;
    const { payment: after, bookings } = transition(before, outcome.event);
    const settled = settledBy(operation, outcome, { ...before, ...after }, []);
    const event = publishedEvent(outcome.event, after);
    const subject = await writer.record({ before, after, bookings, event, settled, reconciled });
    // The same as the statement stored, with the time that it gave.
    return subject && { operation: settledBy(operation, outcome, subject, []), subject };
  }

  async function record(tx: Queryable, recording: PaymentRecording): Promise<Recorded<Operation, StoredPayment>> {
    const { operation, subject: before, outcome, reconciled } = recording;
    const { payment, bookings } = transition(before, outcome.event);
    const event = publishedEvent(outcome.event, payment);
    const lastEvent = before.lastEvent + (event === undefined ? 0n : 1n);
    const after = await payments.update(tx, { ...payment, lastEvent });
    await payments.book(tx, after, { bookings, operationId: operation.id, reconciled });
    const settled = settledBy(operation, outcome, after, await refundsOf(tx, after));
    await payments.settleOperation(tx, settled);
    if (after.state === 'VOIDED' && operation.kind === 'AUTHORIZE') await endVoid(tx, after);
    if (event !== undefined) await payments.publish(tx, after, event);
    return { operation: settled, subject: after };
  }

  /** The authorization was declined while a void waited for it: that void has nothing left to ask the provider. */
  async function endVoid(tx: Queryable, payment: StoredPayment): Promise<void> {
    const waiting = await payments.pendingOperation(tx, payment.id, 'VOID');
    if (waiting === undefined) return;
    const answer = { ok: paymentJson(paymentMessage(payment, [])) }; // nothing was ever captured
    await payments.settleOperation(tx, { ...waiting, state: 'SUCCEEDED', answer });
  }

  async function refundsOf(tx: Queryable, payment: StoredPayment): Promise<readonly Operation[]> {
    return payment.captured > 0n ? payments.refundsOf(tx, [payment.id]) : [];
  }

  return createOperations<Operation, StoredPayment, Outcome, PaymentFacts>({
    database,
    job: 'payment',
    get: async (on, id) => existing(await payments.getOperation(on, id), `operation ${id}`),
    first,
    facts,
    ask,
    recordPlainly,
    lock: async (tx, { paymentId: id }) => existing(await payments.lock(tx, id), `payment ${id}`),
    record,
  });
}

/**
 * The operation with its outcome, and what its callers hear of the payment as that left it. `refunds`: the payment's, as
 * the table shows them before.
 */
function settledBy(
  operation: Operation,
  outcome: Outcome,
  after: StoredPayment,
  refunds: readonly Operation[],
): SettledOperation {
  const refusal = outcome.refusal(after);
  const { providerReference } = outcome;
  if (refusal !== undefined) {
    return { ...operation, state: 'REFUSED', providerReference, answer: { refusal: refusalOf(refusal) } };
  }
  const settled = { ...operation, state: 'SUCCEEDED', providerReference, updateTime: after.updateTime } as const;
  const current = refunds.map((refund) => (refund.id === operation.id ? settled : refund));
  return { ...settled, answer: { ok: paymentJson(paymentMessage(after, current)) } };
}

function existing<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`there is no ${what}`);
  return found;
}
