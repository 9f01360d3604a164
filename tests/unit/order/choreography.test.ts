import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { PartState } from '../../../src/chassis/choreography/index.ts';
import { nextLetterStep } from '../../../src/services/notification/checkout-part.ts';
import { nextPaymentStep } from '../../../src/services/payment/checkout-part.ts';
import { nextPointsStep } from '../../../src/services/loyalty/checkout-part.ts';
import { nextShipmentStep } from '../../../src/services/shipping/checkout-part.ts';
import { nextStockStep } from '../../../src/services/product/checkout-part.ts';
import {
  giveUp,
  hearWord,
  OPENED,
  type Checkout,
  type Turn,
} from '../../../src/services/order/choreography/checkout.ts';

/** What steps tell when they are done, and when they are refused. */
const ANSWERS: Readonly<Record<string, { readonly done: string; readonly refused?: string }>> = {
  'reserve-stock': { done: 'checkout-stock.held', refused: 'checkout-stock.refused' },
  'release-stock': { done: 'checkout-stock.released' },
  'commit-stock': { done: 'checkout-stock.sold' },
  'authorize-payment': { done: 'checkout-payment.authorized', refused: 'checkout-payment.refused' },
  'void-payment': { done: 'checkout-payment.voided' },
  'capture-payment': { done: 'checkout-payment.captured', refused: 'checkout-payment.capture-refused' },
  'arrange-shipment': { done: 'checkout-shipment.arranged', refused: 'checkout-shipment.refused' },
  'cancel-shipment': { done: 'checkout-shipment.cancelled' },
  'award-points': { done: 'checkout-points.awarded' },
  notify: { done: 'checkout-letter.written' },
};
/** Who undoes what: a tombstone keeps the original out from then on. */
const UNDOES: Readonly<Record<string, string>> = {
  'release-stock': 'reserve-stock',
  'void-payment': 'authorize-payment',
  'cancel-shipment': 'arrange-shipment',
};
const NEXT: Readonly<Record<string, (state: PartState<never>) => string | undefined>> = {
  product: nextStockStep,
  payment: nextPaymentStep,
  shipping: nextShipmentStep,
  loyalty: nextPointsStep,
  notification: nextLetterStep,
};
/** Who listens to whom, as the parts declare it. */
const LISTENERS: Readonly<Record<string, readonly string[]>> = {
  order: ['product', 'payment', 'shipping', 'loyalty', 'notification'],
  product: ['payment', 'order'],
  payment: ['product', 'shipping', 'order'],
  shipping: ['order'],
  loyalty: ['order'],
  notification: ['order'],
};
const TIME = new Date(0);

/** One part as its process keeps it: what it heard and said, and what is true in its tables. */
interface Part {
  readonly heard: Set<string>;
  readonly said: Record<string, string>;
  /** Steps that took effect and were not undone. */
  readonly effects: Set<string>;
  readonly tombstones: Set<string>;
  /** Copies of steps that were begun, the stale ones among them. */
  readonly running: string[];
}

/** The world of one checkout: five parts, the order, and a channel from each publisher to each listener. */
function openWorld(refused: ReadonlySet<string>) {
  const parts = new Map(
    Object.keys(NEXT).map((name): [string, Part] => [
      name,
      { heard: new Set(), said: {}, effects: new Set(), tombstones: new Set(), running: [] },
    ]),
  );
  const channels = new Map<string, string[]>();
  const decisions: string[] = ['checkout.opened'];
  let checkout: Checkout = OPENED;
  const tell = (from: string, type: string) => {
    for (const to of LISTENERS[from] ?? []) {
      const name = `${from}>${to}`;
      channels.set(name, [...(channels.get(name) ?? []), type]);
    }
  };
  const take = ({ checkout: after, decision }: Turn) => {
    checkout = after;
    if (decision === undefined) return;
    decisions.push(decision);
    tell('order', decision);
  };
  const begin = (name: string, part: Part) => {
    const step = NEXT[name]?.(part as PartState<never>);
    if (step !== undefined && !part.running.includes(step)) part.running.push(step);
  };

  /** Delivers the next event of a channel; `again`: and keeps it for another delivery. */
  const deliver = (name: string, again: boolean) => {
    const [type, ...rest] = channels.get(name) ?? [];
    if (type === undefined) return;
    if (!again) channels.set(name, rest);
    const to = name.split('>')[1] ?? '';
    if (to === 'order') return take(hearWord(checkout, wordOf(type)));
    const part = parts.get(to);
    if (part === undefined) return;
    part.heard.add(type);
    begin(to, part);
  };

  /** Ends one copy of a step; `lost`: its process dies before it can write down what came of it, and begins it again. */
  const end = (name: string, index: number, lost: boolean) => {
    const part = parts.get(name);
    const step = part?.running[index];
    if (part === undefined || step === undefined) return;
    const original = UNDOES[step];
    const isRefused = refused.has(step) || part.tombstones.has(step);
    if (original !== undefined) {
      part.effects.delete(original);
      part.tombstones.add(original);
    } else if (!isRefused) part.effects.add(step);
    if (lost) return;
    part.running.splice(index, 1);
    const current = NEXT[name]?.(part as PartState<never>);
    if (current === step) {
      const answer = ANSWERS[step];
      const type = (isRefused ? answer?.refused : answer?.done) ?? answer?.done ?? '';
      part.said[step] = type;
      tell(name, type);
    }
    begin(name, part);
  };

  tell('order', 'checkout.opened');
  return {
    get checkout() {
      return checkout;
    },
    decisions,
    effects: () => new Set([...parts.values()].flatMap(({ effects }) => [...effects])),
    deliver,
    end,
    cancel() {
      const failure = { status: 'CANCELLED', reason: 'CANCELLED_BY_CUSTOMER', message: '' } as const;
      const turn = giveUp(checkout, { failure, actor: 'customer', time: TIME });
      if (turn !== undefined) take(turn);
    },
    /** What can happen now: a delivery, or the end of a step. */
    moves: () => [
      ...[...channels].flatMap(([name, waiting]) => (waiting.length === 0 ? [] : [{ kind: 'deliver' as const, name }])),
      ...[...parts].flatMap(([name, { running }]) =>
        running.map((_step, index) => ({ kind: 'end' as const, name, index })),
      ),
    ],
  };
}

function wordOf(type: string) {
  const says = { type, time: TIME };
  if (!type.endsWith('refused')) return says;
  return { ...says, refusal: { status: 'FAILED_PRECONDITION', reason: 'NO', message: 'no' } as const };
}

type World = ReturnType<typeof openWorld>;

function move(world: World, choice: number, fault: boolean): boolean {
  const moves = world.moves();
  const chosen = moves[choice % Math.max(1, moves.length)];
  if (chosen === undefined) return false;
  if (chosen.kind === 'deliver') world.deliver(chosen.name, fault);
  else world.end(chosen.name, chosen.index, fault);
  return true;
}

/** Goes on without faults until nothing is left to happen. */
function settle(world: World): void {
  for (let step = 0; step < 1_000 && move(world, step, false); step += 1);
}

const KEPT = ['arrange-shipment', 'award-points', 'capture-payment', 'commit-stock', 'notify'];

describe('a checkout that events carry on', () => {
  const fault = fc.nat(3).map((n) => n === 0);
  const schedule = fc.array(fc.record({ choice: fc.nat(50), fault }), { minLength: 30, maxLength: 120 });
  const refusals = fc.subarray(['reserve-stock', 'authorize-payment', 'arrange-shipment', 'capture-payment']);
  /** From this move on somebody asks for the order's end at every move. */
  const cancelAt = fc.option(fc.nat(60), { nil: undefined });

  it('ends confirmed with everything done, or cancelled with everything undone, in whatever order its events come, however often', () => {
    fc.assert(
      fc.property(schedule, refusals, cancelAt, (moves, refused, cancel) => {
        const world = openWorld(new Set(refused));
        moves.forEach(({ choice, fault }, index) => {
          if (cancel !== undefined && index >= cancel) world.cancel();
          move(world, choice, fault);
        });
        settle(world);
        expect(world.checkout.phase).toBe('OVER');
        const effects = world.effects();
        const isConfirmed = world.decisions.includes('checkout.confirmed');
        expect(world.decisions.includes('checkout.abandoned')).toBe(!isConfirmed);
        if (isConfirmed) expect([...effects].filter((step) => KEPT.includes(step)).sort()).toEqual(KEPT);
        else expect([...effects]).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is confirmed where nobody says no and nobody asks for its end', () => {
    fc.assert(
      fc.property(schedule, (moves) => {
        const world = openWorld(new Set());
        for (const { choice, fault } of moves) move(world, choice, fault);
        settle(world);
        expect(world.decisions).toEqual(['checkout.opened', 'checkout.ready', 'checkout.confirmed']);
      }),
      { numRuns: 500 },
    );
  });

  it('is not given up once the payment may be captured', () => {
    const ready = ['checkout-stock.held', 'checkout-payment.authorized', 'checkout-shipment.arranged'].reduce(
      (checkout, type) => hearWord(checkout, wordOf(type)).checkout,
      OPENED,
    );
    expect(ready.phase).toBe('PAYING');
    expect(giveUp(ready, { failure: { status: 'CANCELLED', reason: '', message: '' }, time: TIME })).toBeUndefined();
  });

  it('tells of steps in their order, whichever is heard first', () => {
    const first = hearWord(OPENED, wordOf('checkout-payment.authorized'));
    expect(first.entries).toEqual([]);
    const second = hearWord(first.checkout, wordOf('checkout-stock.held'));
    expect(second.entries.map(({ step }) => step)).toEqual(['reserve-stock', 'authorize-payment']);
  });
});
