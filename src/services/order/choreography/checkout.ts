import type { SagaNews, SagaNewsEntry } from '../domain.ts';

type StepFailure = NonNullable<SagaNewsEntry['failure']>;

/**
 * Where a checkout stands that events carry on. GATHERING -> PAYING -> CONFIRMED -> OVER, or, from GATHERING and PAYING, ABANDONED -> OVER.
 * The order decides alone, and once: whoever gives it up must find it GATHERING, but for the capture that was refused.
 */
export type CheckoutPhase = 'GATHERING' | 'PAYING' | 'CONFIRMED' | 'ABANDONED' | 'OVER';

/** What the order process knows of it. */
export interface Checkout {
  readonly phase: CheckoutPhase;
  /** The types of the events that were heard. */
  readonly heard: readonly string[];
  /** How many of STEPS the order's history tells of as done. */
  readonly told: number;
  /** Empty until there is one. */
  readonly paymentId: string;
  readonly shipmentId: string;
  readonly points: bigint;
}

/** An event of one who takes part. */
export interface Word {
  readonly type: string;
  /** Why not, where it says no. */
  readonly refusal?: StepFailure;
  readonly paymentId?: string;
  readonly shipmentId?: string;
  readonly points?: bigint;
  readonly time: Date;
}

/** What the order tells those who take part. */
export type Decision = 'checkout.ready' | 'checkout.abandoned' | 'checkout.confirmed';

/** A checkout after a word, and what comes of it. */
export interface Turn {
  readonly checkout: Checkout;
  /** What the order's own history says about it, in the words of a saga: so that both styles tell the same. */
  readonly entries: readonly SagaNewsEntry[];
  readonly decision: Decision | undefined;
}

/** A step of a checkout, by the names it has with a saga, and the events that tell of it. */
interface Step {
  readonly name: string;
  readonly done: string;
  readonly refused?: string;
  readonly undone?: string;
}

const STEPS: readonly Step[] = [
  {
    name: 'reserve-stock',
    done: 'checkout-stock.held',
    refused: 'checkout-stock.refused',
    undone: 'checkout-stock.released',
  },
  {
    name: 'authorize-payment',
    done: 'checkout-payment.authorized',
    refused: 'checkout-payment.refused',
    undone: 'checkout-payment.voided',
  },
  {
    name: 'arrange-shipment',
    done: 'checkout-shipment.arranged',
    refused: 'checkout-shipment.refused',
    undone: 'checkout-shipment.cancelled',
  },
  { name: 'capture-payment', done: 'checkout-payment.captured', refused: 'checkout-payment.capture-refused' },
  { name: 'confirm', done: 'checkout-stock.sold' },
  { name: 'notify', done: 'checkout-letter.written' },
  { name: 'award-points', done: 'checkout-points.awarded' },
];

/** After so many steps nothing is missing any more, and the order is READY to be paid. */
const GATHERED = 3;
/** After so many it is confirmed. */
const SOLD = 5;
const UNDONE = STEPS.flatMap(({ undone }) => undone ?? []);

/** A checkout that begins. */
export const OPENED: Checkout = { phase: 'GATHERING', heard: [], told: 0, paymentId: '', shipmentId: '', points: 0n };

/** What a word of somebody who takes part leads to; one that was heard before leads to nothing. Pure. */
export function hearWord(checkout: Checkout, word: Word): Turn {
  const { type, paymentId, shipmentId, points } = word;
  if (checkout.heard.includes(type)) return { checkout, entries: [], decision: undefined };
  const known: Checkout = {
    ...checkout,
    heard: [...checkout.heard, type],
    paymentId: paymentId ?? checkout.paymentId,
    shipmentId: shipmentId ?? checkout.shipmentId,
    points: points ?? checkout.points,
  };
  if (checkout.phase === 'ABANDONED' || checkout.phase === 'OVER') return undo(known, word);
  const refused = checkout.phase === 'CONFIRMED' ? undefined : STEPS.find((step) => step.refused === type);
  return refused === undefined ? goOn(known, word.time) : turnBack(known, refused, word);
}

/**
 * Gives a checkout up, for a reason that is nobody's refusal. Undefined: it is too late, because the payment may be captured by now; or it is given
 * up already.
 */
export function giveUp(
  checkout: Checkout,
  why: { readonly failure: StepFailure; readonly actor?: string; readonly note?: string; readonly time: Date },
): Turn | undefined {
  if (checkout.phase !== 'GATHERING') return undefined;
  const step = STEPS[checkout.told]?.name ?? '';
  const turned: SagaNewsEntry = { kind: 'COMPENSATION_STARTED', direction: 'BACKWARD', step, ...why };
  return { checkout: { ...checkout, phase: 'ABANDONED' }, entries: [turned], decision: 'checkout.abandoned' };
}

/** What a saga would have told the order of it: its outputs so far. */
export function outputsOf({ told, paymentId, shipmentId, points }: Checkout, orderId: string): SagaNews['outputs'] {
  return {
    ...(told >= 1 && { reservationId: orderId }),
    ...(told >= 2 && paymentId !== '' && { paymentId }),
    ...(told >= 3 && shipmentId !== '' && { shipmentId }),
    ...(told >= STEPS.length && { pointsAwarded: points }),
  };
}

/** Tells of the steps that are done, in their order. */
function goOn(checkout: Checkout, time: Date): Turn {
  const entries: SagaNewsEntry[] = [];
  let { told } = checkout;
  for (let step = STEPS[told]; step !== undefined && checkout.heard.includes(step.done); step = STEPS[told]) {
    entries.push({ kind: 'ATTEMPT_SUCCEEDED', direction: 'FORWARD', step: step.name, attempt: 1, time });
    told += 1;
  }
  if (told === STEPS.length) entries.push({ kind: 'FINISHED', direction: 'FORWARD', time });
  const phase = phaseAfter(told);
  return { checkout: { ...checkout, told, phase }, entries, decision: decisionBetween(checkout.phase, phase) };
}

function phaseAfter(told: number): CheckoutPhase {
  if (told < GATHERED) return 'GATHERING';
  if (told < SOLD) return 'PAYING';
  return told < STEPS.length ? 'CONFIRMED' : 'OVER';
}

function decisionBetween(before: CheckoutPhase, after: CheckoutPhase): Decision | undefined {
  if (before === after) return undefined;
  if (after === 'PAYING') return 'checkout.ready';
  return after === 'CONFIRMED' ? 'checkout.confirmed' : undefined;
}

/** Somebody said no. */
function turnBack(checkout: Checkout, { name: step }: Step, { refusal: failure, time }: Word): Turn {
  const at = { step, time, ...(failure && { failure }) };
  return {
    checkout: { ...checkout, phase: 'ABANDONED' },
    entries: [
      { kind: 'ATTEMPT_REFUSED', direction: 'FORWARD', attempt: 1, ...at },
      { kind: 'COMPENSATION_STARTED', direction: 'BACKWARD', ...at },
    ],
    decision: 'checkout.abandoned',
  };
}

/** Somebody has undone his part, or made sure that it never happens; what others still say of theirs is overtaken. */
function undo(checkout: Checkout, { type, time }: Word): Turn {
  const index = STEPS.findIndex(({ undone }) => undone === type);
  const step = STEPS[index];
  if (step === undefined) return { checkout, entries: [], decision: undefined };
  const mayHaveRun =
    index < checkout.told || [step.done, step.refused ?? ''].some((one) => checkout.heard.includes(one));
  const undone: readonly SagaNewsEntry[] = mayHaveRun
    ? [{ kind: 'ATTEMPT_SUCCEEDED', direction: 'BACKWARD', step: step.name, attempt: 1, time }]
    : [];
  if (!UNDONE.every((one) => checkout.heard.includes(one))) return { checkout, entries: undone, decision: undefined };
  const finished: SagaNewsEntry = { kind: 'FINISHED', direction: 'BACKWARD', time };
  return { checkout: { ...checkout, phase: 'OVER' }, entries: [...undone, finished], decision: undefined };
}
