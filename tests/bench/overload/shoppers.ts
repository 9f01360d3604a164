import { setTimeout as sleep } from 'node:timers/promises';

import { OrderServiceDefinition } from '../../../gen/tradewind/order/v1/order.ts';
import { ProductServiceDefinition } from '../../../gen/tradewind/product/v1/product.ts';
import { createClientFactory } from '../../../src/chassis/client/index.ts';
import { AppError } from '../../../src/chassis/core/index.ts';

/** What shoppers do: critical and sheddable in the contract. */
export const ERRANDS = ['checkout', 'browsing'] as const;

/** One of them. */
export type Errand = (typeof ERRANDS)[number];

/** How calls of one kind ended. */
export interface Tally {
  offered: number;
  /** Answered OK within the deadline. */
  served: number;
  /** Refused for load. */
  refused: number;
  /** Not answered in time. */
  late: number;
  /** Ended otherwise: a connection that broke under it. */
  failed: number;
  /** Of what was served, in milliseconds. */
  readonly latencies: number[];
}

/** Callers of a shop: many clients, each with a connection of its own, none of which tries again or holds back. */
export interface Shoppers extends AsyncDisposable {
  /** As many at a time, each with its next call when the last has ended; says how many calls a second were served. */
  inTurn(callers: number, seconds: number): Promise<number>;
  /** Calls at this rate whatever becomes of them, every fifth a checkout. */
  crowd(perSecond: number, seconds: number): Promise<Readonly<Record<Errand, Tally>>>;
}

/** How they call. */
export interface ShoppersOptions {
  readonly transport: 'plain' | 'multiplexed';
  readonly deadlineMs: number;
}

/** A crowd is many callers, none of which knows what the others are told: one breaker for all would be another bench. */
const NOT_HELD_BACK = { breaker: false, bulkhead: false, hedging: false } as const;

const CLIENTS = 8;
/** How often due calls are sent: a caller of its own for each call would cost the machine what the shop needs. */
const TICK_MS = 5;

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const ORDER = {
  requestId: ID,
  userId: ID,
  lines: [{ productId: ID, quantity: 1 }],
  shippingAddress: {
    ...{ recipient: 'Ada Lovelace', lines: ['12 St James Square'], city: 'London', postalCode: 'SW1Y 4JH' },
    ...{ region: '', countryCode: 'GB' },
  },
  currencyCode: 'EUR',
};

/** Connects them. */
export function startShoppers(address: string, { transport, deadlineMs }: ShoppersOptions): Shoppers {
  const factories = Array.from({ length: CLIENTS }, () =>
    createClientFactory({ from: 'shopper', transport, retry: { maxAttempts: 1 }, serviceConfig: NOT_HELD_BACK }),
  );
  const target = `static:///${address}`;
  const clients = factories.map((factory) => ({
    orders: factory.client(OrderServiceDefinition, target),
    products: factory.client(ProductServiceDefinition, target),
  }));
  const options = { timeoutMs: deadlineMs, retry: false };
  let sent = 0;

  const shop = async (tally: Tally, errand: Errand): Promise<void> => {
    const { orders, products } = clients[sent++ % CLIENTS]!;
    const startedMs = performance.now();
    tally.offered += 1;
    try {
      if (errand === 'checkout') await orders.placeOrder(ORDER, options);
      else await products.searchProducts({}, options);
      const ms = performance.now() - startedMs;
      if (ms > deadlineMs) tally.late += 1;
      else {
        tally.served += 1;
        tally.latencies.push(ms);
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.status === 'DEADLINE_EXCEEDED') tally.late += 1;
      else if (error.reason === 'OVERLOADED') tally.refused += 1;
      else tally.failed += 1;
    }
  };

  return {
    async inTurn(callers, seconds) {
      const tally = emptyTally();
      const startedMs = performance.now();
      const endMs = startedMs + seconds * 1_000;
      const caller = async () => {
        while (performance.now() < endMs) await shop(tally, 'checkout');
      };
      await Promise.all(Array.from({ length: callers }, caller));
      return tally.served / ((performance.now() - startedMs) / 1_000);
    },
    async crowd(perSecond, seconds) {
      const tallies = { checkout: emptyTally(), browsing: emptyTally() };
      const calls: Promise<void>[] = [];
      const startedMs = performance.now();
      const total = Math.round(perSecond * seconds);
      while (calls.length < total) {
        const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1_000) * perSecond));
        while (calls.length < due) {
          const errand = calls.length % 5 === 0 ? 'checkout' : 'browsing';
          calls.push(shop(tallies[errand], errand));
        }
        await sleep(TICK_MS);
      }
      await Promise.all(calls);
      return tallies;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(factories.map((factory) => factory.close()));
    },
  };
}

function emptyTally(): Tally {
  return { offered: 0, served: 0, refused: 0, late: 0, failed: 0, latencies: [] };
}
