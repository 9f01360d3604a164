import { assertNever, type AppError } from '../../chassis/core/index.ts';
import type { AmendmentAnswer, ArrangementAnswer, CancellationAnswer } from './carrier-client.ts';
import { stateConflict, type CarrierNews, type Happening, type Item, type Shipment } from './domain.ts';
import { addressRefused, shipmentCancelled } from './refusals.ts';

/** What an answer of the carrier means: what happens to the shipment, and what the caller hears of it. */
export interface Outcome {
  readonly happening: Happening;
  /** What the caller is refused with, given the shipment as it is then; undefined: the command succeeded. */
  readonly refusal: (after: Shipment) => AppError | undefined;
}

/** A shipment that was being cancelled meanwhile is not arranged, whatever the carrier said. `now`: by our clock. */
export function arrangementOutcome(answer: ArrangementAnswer, now: Date): Outcome {
  if (answer.type === 'accepted') {
    return {
      happening: answer,
      refusal: (after) => (after.state === 'CANCELLING' ? shipmentCancelled(after) : undefined),
    };
  }
  return {
    happening: { type: 'refused', code: answer.code, at: now },
    refusal: (after) => (after.state === 'REFUSED' ? addressRefused(after) : shipmentCancelled(after)),
  };
}

/** `news`: what the carrier's list says where it was too late; `now`: by our clock. */
export function cancellationOutcome(
  answer: CancellationAnswer,
  { news, now }: { readonly news: readonly CarrierNews[]; readonly now: Date },
): Outcome {
  if (answer.type === 'cancelled') {
    return { happening: { type: 'cancelled', at: answer.at ?? now }, refusal: () => undefined };
  }
  return {
    happening: { type: 'cancel-refused', news, at: now },
    refusal: (after) => stateConflict(after, 'cancelled'),
  };
}

/** `items`: what is in the parcel if the carrier agrees; `news` and `now` as above. */
export function amendmentOutcome(
  answer: AmendmentAnswer,
  { items, news, now }: { readonly items: readonly Item[]; readonly news: readonly CarrierNews[]; readonly now: Date },
): Outcome {
  const refusal = (after: Shipment) => stateConflict(after, 'amended');
  switch (answer.type) {
    case 'amended':
      return { happening: { type: 'amended', items, at: answer.at }, refusal: () => undefined };
    case 'too-late':
      return { happening: { type: 'amend-refused', news, at: now }, refusal };
    case 'cancelled':
      return { happening: { type: 'news', news }, refusal }; // its cancellation is recorded by whoever asked for it
    default:
      return assertNever(answer);
  }
}
