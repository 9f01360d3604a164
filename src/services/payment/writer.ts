import type { Clock, NewId } from '../../chassis/core/index.ts';
import { traceEvent } from '../../chassis/events/index.ts';
import type { PlanKey } from '../../chassis/outbound/index.ts';
import { createGroupCommit, loadStatements, uniqueViolation, type Database } from '../../chassis/store/index.ts';
import {
  ACCOUNTS,
  type Amount,
  type Booking,
  type OrderId,
  type Payment,
  type PaymentId,
  type PaymentMethodId,
  type UserId,
} from './domain.ts';
import type { PublishedEvent } from './events.ts';
import { orderName, requestName } from './names.ts';
import { providerKey } from './repository.ts';
import {
  toPayment,
  type Operation,
  type OperationKind,
  type PaymentRow,
  type SettledOperation,
  type StoredPayment,
} from './rows.ts';

/** An authorization to plan. */
export interface AuthorizationPlan {
  readonly key: PlanKey;
  readonly orderId: OrderId;
  readonly userId: UserId;
  /** Undefined: the user's default card. */
  readonly paymentMethodId: PaymentMethodId | undefined;
  readonly amount: Amount;
}

/** A capture to plan. */
export interface CapturePlan {
  readonly key: PlanKey;
  readonly paymentId: PaymentId;
  /** Undefined: all that is held. */
  readonly amount: Amount | undefined;
}

/** What is written down now, and what it takes to ask the provider. */
export interface Planned {
  readonly operation: Operation;
  readonly payment: StoredPayment;
  /** What the provider calls the card; empty where it need not be known. */
  readonly token: string;
}

/** An outcome to record. */
export interface OutcomeRecord {
  /** As it was before; nothing is recorded when it is not so any more. */
  readonly before: StoredPayment;
  readonly after: Payment;
  readonly bookings: readonly Booking[];
  readonly event: PublishedEvent | undefined;
  readonly settled: SettledOperation;
  readonly reconciled: boolean;
}

/**
 * Writes what is plain, for many callers in one statement and one commit. Undefined where something stands in the way:
 * nothing was changed then, and whoever asked has to look under locks.
 */
export interface PaymentWriter {
  planAuthorization(plan: AuthorizationPlan): Promise<Planned | undefined>;
  planCapture(plan: CapturePlan): Promise<Planned | undefined>;
  /** The payment as it is then. */
  record(outcome: OutcomeRecord): Promise<StoredPayment | undefined>;
}

/** What the writer is made of. */
export interface PaymentWriterOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: NewId;
  /** When the reconciler takes up what has no outcome, in milliseconds. */
  readonly settleAfterMs: number;
}

interface Item {
  readonly section: 'authorizations' | 'captures' | 'outcomes';
  readonly json: Readonly<Record<string, unknown>>;
}

interface WrittenRow extends PaymentRow {
  readonly ordinal: number;
  readonly provider_token: string | null;
}

const AUTHORIZE = '/tradewind.payment.v1.PaymentService/AuthorizePayment';
const CAPTURE = '/tradewind.payment.v1.PaymentService/CapturePayment';

/** Binds the writer to its statement. */
export function createPaymentWriter(options: PaymentWriterOptions): PaymentWriter {
  const { database, clock, newId, settleAfterMs } = options;
  const sql = loadStatements(new URL('./sql/', import.meta.url), ['write-payments'] as const);

  async function write(items: readonly Item[]): Promise<readonly (WrittenRow | undefined)[]> {
    const json = (wanted: Item['section']) =>
      JSON.stringify(
        items.flatMap(({ section, json: own }, ordinal) => (section === wanted ? [{ ordinal, ...own }] : [])),
      );
    const lists = [json('authorizations'), json('captures'), json('outcomes')];
    const rows = await database.rows<WrittenRow>(sql['write-payments'], [...lists, AUTHORIZE, CAPTURE]);
    const written = new Map(rows.map((row) => [row.ordinal, row]));
    return items.map((_item, ordinal) => written.get(ordinal));
  }

  const group = createGroupCommit<Item, WrittenRow | undefined>({
    job: 'write-payments',
    clock,
    flushers: 1,
    run: (items) =>
      write(items).catch((error: unknown) => {
        // Somebody was first, after the statement had begun; who looks under locks finds out what they did.
        if (items.length === 1 && uniqueViolation(error) !== undefined) return [undefined];
        throw error;
      }),
  });

  async function plan(
    section: 'authorizations' | 'captures',
    { kind, key: { key, requestHash }, minor, json }: OperationPlan,
  ): Promise<Planned | undefined> {
    const id = newId();
    const named = { request_id: key, request_hash: requestHash.toString('hex') };
    const asked = { operation_id: id, operation_key: providerKey(kind, id), settle_after_ms: settleAfterMs };
    const row = await group.submit({ section, json: { ...json, ...named, ...asked, amount: minor?.toString() } });
    if (row === undefined) return undefined;
    const payment = toPayment(row);
    const { updateTime } = payment;
    const operation: Operation = {
      ...{ id, kind, state: 'PENDING', key: asked.operation_key, minor: minor ?? payment.amount },
      ...{ paymentId: payment.id, reason: '', providerReference: '', answer: undefined },
      ...{ createTime: updateTime, updateTime },
    };
    return { operation, payment, token: row.provider_token ?? '' };
  }

  return {
    planAuthorization({ key, orderId, userId, paymentMethodId, amount: { minor, currency } }) {
      const now = new Date(clock.now());
      const payment = { payment_id: newId(), order_id: orderId, user_id: userId, currency };
      // The month a card has to be good for, by UTC: see hasExpired.
      const card = { payment_method_id: paymentMethodId, year: now.getUTCFullYear(), month: now.getUTCMonth() + 1 };
      const names = [requestName(key.key), orderName(orderId)];
      return plan('authorizations', { kind: 'AUTHORIZE', key, minor, json: { ...payment, ...card, names } });
    },
    planCapture({ key, paymentId, amount }) {
      const json = { payment_id: paymentId, currency: amount?.currency };
      return plan('captures', { kind: 'CAPTURE', key, minor: amount?.minor, json });
    },
    async record(outcome) {
      const { event } = outcome;
      const eventId = newId();
      const trace = traceEvent(eventId);
      const named = event && { event_id: eventId, ...event, trace_parent: trace.traceparent };
      const row = await group.submit({ section: 'outcomes', json: outcomeJson(outcome, named, newId) });
      if (row !== undefined && event !== undefined) trace.created({ type: event.type, aggregateType: 'payment' });
      return row && toPayment(row);
    },
  };
}

/** Something the provider is to be asked, as the statement is told of it. `minor` undefined: the whole payment. */
interface OperationPlan {
  readonly kind: OperationKind;
  readonly key: PlanKey;
  readonly minor: bigint | undefined;
  readonly json: Readonly<Record<string, unknown>>;
}

function outcomeJson(
  { before, after, bookings, settled, reconciled }: OutcomeRecord,
  event: object | undefined,
  newId: NewId,
): Readonly<Record<string, unknown>> {
  return {
    payment_id: after.id,
    version: String(before.version),
    state: after.state,
    captured: String(after.captured),
    decline_code: after.declineCode,
    provider_reference: after.providerReference,
    capture_reference: after.captureReference,
    expire_time: after.expiresAt,
    last_event: String(before.lastEvent + (event === undefined ? 0n : 1n)),
    operation_id: settled.id,
    operation_state: settled.state,
    operation_reference: settled.providerReference,
    answer: settled.answer,
    reconciled,
    bookings: bookings.map(({ kind, minor, providerReference: reference }) => {
      return { id: newId(), kind, ...ACCOUNTS[kind], minor: String(minor), reference };
    }),
    events: event === undefined ? [] : [event],
  };
}
