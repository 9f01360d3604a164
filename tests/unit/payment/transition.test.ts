import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  balances,
  linesOf,
  parseOrderId,
  parsePaymentId,
  parsePaymentMethodId,
  parseUserId,
  refundAmount,
  transition,
  type Booking,
  type Payment,
  type PaymentEvent,
  type TransactionKind,
} from '../../../src/services/payment/domain.ts';

const uuid = '01890000-0000-7000-8000-000000000000';
const expiresAt = new Date('2030-01-01T00:00:00Z');

function newPayment(amount = 1000n): Payment {
  return {
    id: parsePaymentId(uuid),
    orderId: parseOrderId(uuid),
    userId: parseUserId(uuid),
    paymentMethodId: parsePaymentMethodId(uuid),
    state: 'AUTHORIZING',
    currency: 'EUR',
    amount,
    captured: 0n,
    refunded: 0n,
    refunding: 0n,
    cardBrand: 'visa',
    cardLast4: '4242',
    declineCode: '',
    providerReference: '',
    captureReference: '',
    expiresAt: undefined,
  };
}

function after(...events: readonly PaymentEvent[]): {
  readonly payment: Payment;
  readonly bookings: readonly Booking[];
} {
  const bookings: Booking[] = [];
  let payment = newPayment();
  for (const event of events) {
    const step = transition(payment, event);
    payment = step.payment;
    bookings.push(...step.bookings);
  }
  return { payment, bookings };
}

const approved = { type: 'authorization-approved', providerReference: 'auth', expiresAt } as const;
const declined = { type: 'authorization-declined', providerReference: 'auth', declineCode: 'stolen_card' } as const;
const captured = (minor: bigint) => ({ type: 'captured', minor, captureReference: 'cap' }) as const;
const refunded = (minor: bigint) => ({ type: 'refunded', minor, refundReference: 're' }) as const;
const kinds = (bookings: readonly Booking[]) => bookings.map(({ kind, minor }) => [kind, minor]);

describe('transition', () => {
  it('books a hold when it is given, and its end with the capture of a part', () => {
    const { payment, bookings } = after(approved, { type: 'capture-requested' }, captured(600n));
    expect(payment).toMatchObject({ state: 'CAPTURED', captured: 600n, captureReference: 'cap' });
    expect(kinds(bookings)).toEqual([
      ['AUTHORIZATION', 1000n],
      ['RELEASE', 1000n],
      ['CAPTURE', 600n],
    ]);
  });

  it('books nothing for a declined authorization', () => {
    expect(after(declined)).toMatchObject({ payment: { state: 'DECLINED', declineCode: 'stolen_card' }, bookings: [] });
  });

  it('books a hold that comes while the payment is voided, and stays on the way to VOIDED', () => {
    const { payment, bookings } = after({ type: 'void-requested' }, approved);
    expect(payment.state).toBe('VOIDING');
    expect(kinds([...bookings, ...transition(payment, { type: 'voided' }).bookings])).toEqual([
      ['AUTHORIZATION', 1000n],
      ['RELEASE', 1000n],
    ]);
  });

  it('ends a void at once when the authorization it waited for was declined', () => {
    const { payment, bookings } = after({ type: 'void-requested' }, declined);
    expect(payment).toMatchObject({ state: 'VOIDED', declineCode: '' });
    expect(bookings).toEqual([]);
  });

  it('goes back to AUTHORIZED when the capture was refused, and to EXPIRED when the hold is gone', () => {
    const asked = [approved, { type: 'capture-requested' }] as const;
    expect(after(...asked, { type: 'capture-refused', holdGone: false }).payment.state).toBe('AUTHORIZED');
    const gone = after(...asked, { type: 'capture-refused', holdGone: true });
    expect(gone.payment.state).toBe('EXPIRED');
    expect(kinds(gone.bookings)).toEqual([
      ['AUTHORIZATION', 1000n],
      ['RELEASE', 1000n],
    ]);
  });

  it('is REFUNDED only when all of it went back', () => {
    const paid = [approved, { type: 'capture-requested' }, captured(1000n)] as const;
    const once = after(...paid, { type: 'refund-requested', minor: 400n }, refunded(400n));
    expect(once.payment).toMatchObject({ state: 'PARTIALLY_REFUNDED', refunded: 400n, refunding: 0n });
    const asked = transition(once.payment, { type: 'refund-requested', minor: 600n }).payment;
    expect(asked).toMatchObject({ state: 'PARTIALLY_REFUNDED', refunding: 600n });
    expect(transition(asked, refunded(600n)).payment).toMatchObject({ state: 'REFUNDED', refunded: 1000n });
    expect(transition(asked, { type: 'refund-refused', minor: 600n }).payment).toMatchObject(once.payment);
  });

  it('refuses what the state does not allow, and says which state it is', () => {
    const { payment } = after(declined);
    for (const type of ['capture-requested', 'void-requested', 'hold-expired'] as const) {
      expect(() => transition(payment, { type })).toThrow(
        expect.objectContaining({
          reason: 'PAYMENT_STATE_CONFLICT',
          metadata: expect.objectContaining({ state: 'DECLINED' }),
        }),
      );
    }
  });
});

describe('refundAmount', () => {
  const { payment } = after(approved, { type: 'capture-requested' }, captured(1000n));

  it('counts what is on its way back', () => {
    const asked = transition(payment, { type: 'refund-requested', minor: 700n }).payment;
    expect(refundAmount(asked, undefined)).toBe(300n);
    expect(() => refundAmount(asked, { currency: 'EUR', minor: 301n })).toThrow(
      expect.objectContaining({ reason: 'AMOUNT_EXCEEDS_PAYMENT' }),
    );
  });

  it('refuses another currency', () => {
    expect(() => refundAmount(payment, { currency: 'USD', minor: 1n })).toThrow(
      expect.objectContaining({ reason: 'AMOUNT_INVALID' }),
    );
  });
});

const minor = fc.bigInt({ min: 1n, max: 2000n });
const anyEvent: fc.Arbitrary<PaymentEvent> = fc.oneof(
  fc.constant<PaymentEvent>(approved),
  fc.constant<PaymentEvent>(declined),
  fc.constantFrom<PaymentEvent>(
    { type: 'capture-requested' },
    { type: 'void-requested' },
    { type: 'voided' },
    { type: 'hold-expired' },
  ),
  fc.boolean().map((holdGone): PaymentEvent => ({ type: 'capture-refused', holdGone })),
  minor.map((amount): PaymentEvent => captured(amount > 1000n ? 1000n : amount)),
  minor.map((amount): PaymentEvent => ({ type: 'refund-requested', minor: amount })),
);

/** Drives a payment through whatever is legal of the events, answering refunds as the provider would. */
function drive(events: readonly (readonly [PaymentEvent, boolean])[]) {
  const bookings: Booking[] = [];
  let payment = newPayment();
  const apply = (event: PaymentEvent) => {
    const step = transition(payment, event);
    payment = step.payment;
    bookings.push(...step.bookings);
  };
  for (const [event, succeeds] of events) {
    try {
      if (event.type === 'refund-requested') refundAmount(payment, { currency: 'EUR', minor: event.minor });
      apply(event);
    } catch {
      continue; // illegal here; the state has not changed
    }
    if (event.type === 'refund-requested') {
      apply(succeeds ? refunded(event.minor) : { type: 'refund-refused', minor: event.minor });
    }
  }
  return { payment, bookings };
}

describe('the ledger', () => {
  it('has equal debits and credits for every kind and amount', () => {
    const kind = fc.constantFrom<TransactionKind>('AUTHORIZATION', 'RELEASE', 'CAPTURE', 'REFUND');
    fc.assert(
      fc.property(kind, minor, (of, amount) => {
        const lines = linesOf(of, amount);
        const side = (name: string) => lines.reduce((sum, line) => sum + (line.side === name ? line.minor : 0n), 0n);
        expect(side('DEBIT')).toBe(amount);
        expect(side('CREDIT')).toBe(amount);
      }),
    );
  });

  it('balances after any history, holds what is held and is owed what was captured and not refunded', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.boolean()), { maxLength: 40 }), (events) => {
        const { payment, bookings } = drive(events);
        const sums = balances(bookings);
        expect([...sums.values()].reduce((left, right) => left + right, 0n)).toBe(0n);
        expect(sums.get('PROVIDER_RECEIVABLE') ?? 0n).toBe(payment.captured - payment.refunded);
        const held = payment.expiresAt !== undefined && ['AUTHORIZED', 'CAPTURING', 'VOIDING'].includes(payment.state);
        expect(sums.get('CARD_HOLDS') ?? 0n).toBe(held ? payment.amount : 0n);
        expect(payment.refunded + payment.refunding <= payment.captured).toBe(true);
        expect(payment.captured <= payment.amount).toBe(true);
        expect(bookings.filter(({ kind }) => kind === 'CAPTURE').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});
