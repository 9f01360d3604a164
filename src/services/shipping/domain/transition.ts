import { assertNever } from '../../../chassis/core/index.ts';
import type { Item } from './parcel.ts';
import { isFinal, stateConflict, type Shipment, type ShipmentEvent, type ShipmentState } from './shipment.ts';

/** What the carrier's own list says of a shipment. */
export interface CarrierNews {
  /** Its place in the carrier's list: 1, 2, 3... */
  readonly sequence: bigint;
  readonly state: ShipmentState;
  readonly description: string;
  readonly location: string;
  readonly occurTime: Date;
}

/** What can happen to a shipment. `at`: by the carrier's clock where it says so, else by ours. */
export type Happening =
  | {
      readonly type: 'accepted';
      readonly carrier: string;
      readonly carrierReference: string;
      readonly trackingNumber: string;
      readonly estimatedDeliveryTime: Date | undefined;
      readonly at: Date;
    }
  | { readonly type: 'refused'; readonly code: string; readonly at: Date }
  | { readonly type: 'cancel-requested' }
  | { readonly type: 'cancelled'; readonly at: Date }
  /** The carrier has it already. `news`: what its list says since we last read it. */
  | { readonly type: 'cancel-refused' | 'amend-refused'; readonly news: readonly CarrierNews[]; readonly at: Date }
  /** The carrier takes the parcel with these items in it. */
  | { readonly type: 'amended'; readonly items: readonly Item[]; readonly at: Date }
  | { readonly type: 'news'; readonly news: readonly CarrierNews[] };

/** A shipment after something happened, and what its history has to say about it. */
export interface Transition {
  readonly shipment: Shipment;
  readonly events: readonly ShipmentEvent[];
}

/** The one way a shipment changes. FAILED_PRECONDITION (SHIPMENT_STATE_CONFLICT) when its state does not allow it. */
export function transition(shipment: Shipment, happening: Happening): Transition {
  switch (happening.type) {
    case 'accepted':
      return accepted(shipment, happening);
    case 'refused':
      return refused(shipment, happening);
    case 'cancel-requested':
      if (shipment.state !== 'ARRANGING' && shipment.state !== 'ARRANGED') throw stateConflict(shipment, 'cancelled');
      return { shipment: { ...shipment, state: 'CANCELLING' }, events: [] };
    case 'cancelled':
      if (shipment.state === 'CANCELLED') return { shipment, events: [] }; // its news came first
      if (isFinal(shipment.state)) throw stateConflict(shipment, 'cancelled');
      return withEvent(shipment, 'CANCELLED', { description: 'Called off', occurTime: happening.at });
    case 'cancel-refused':
    case 'amend-refused':
      return tooLate(shipment, happening);
    case 'amended':
      return amended(shipment, happening);
    case 'news':
      return withNews(shipment, happening.news);
    default:
      return assertNever(happening);
  }
}

/** An acceptance that comes while the shipment is being cancelled is kept too: the cancellation that follows needs it. */
function accepted(shipment: Shipment, happening: Extract<Happening, { type: 'accepted' }>): Transition {
  assertUnanswered(shipment, 'accepted');
  const { carrier, carrierReference, trackingNumber, estimatedDeliveryTime, at } = happening;
  const known = { ...shipment, carrier, carrierReference, trackingNumber, estimatedDeliveryTime };
  const state = shipment.state === 'CANCELLING' ? 'CANCELLING' : 'ARRANGED';
  return withEvent(known, state, { description: `Accepted by ${carrier}`, occurTime: at });
}

/** Nothing will be sent, so a shipment that was being cancelled is cancelled with it. */
function refused(shipment: Shipment, { code, at }: Extract<Happening, { type: 'refused' }>): Transition {
  assertUnanswered(shipment, 'refused');
  const event = { description: `Refused by the carrier: ${code}`, occurTime: at };
  if (shipment.state === 'CANCELLING') return withEvent(shipment, 'CANCELLED', event);
  return withEvent({ ...shipment, refusalCode: code }, 'REFUSED', event);
}

function assertUnanswered(shipment: Shipment, wanted: string): void {
  const waits = shipment.state === 'ARRANGING' || shipment.state === 'CANCELLING';
  if (!waits || shipment.carrierReference !== '') throw stateConflict(shipment, wanted);
}

/** It holds also where later news came first; a history that has ended says no more of it. */
function amended(shipment: Shipment, { items, at }: Extract<Happening, { type: 'amended' }>): Transition {
  const changed = { ...shipment, items };
  if (isFinal(shipment.state)) return { shipment: changed, events: [] };
  return withEvent(changed, shipment.state, { description: 'Contents changed by the sender', occurTime: at });
}

type TooLate = Extract<Happening, { type: 'cancel-refused' | 'amend-refused' }>;

function tooLate(shipment: Shipment, happening: TooLate): Transition {
  const told = withNews(shipment, happening.news);
  if (told.shipment.state !== 'CANCELLING' && told.shipment.state !== 'ARRANGED') return told;
  // The carrier's list is behind its answer.
  const late = withEvent(told.shipment, 'PICKED_UP', {
    description: `Picked up before it could be ${happening.type === 'cancel-refused' ? 'called off' : 'changed'}`,
    occurTime: happening.at,
  });
  return { shipment: late.shipment, events: [...told.events, ...late.events] };
}

/** Takes up what is new in it; the carrier's word counts, also where it leaves stages out. */
function withNews(shipment: Shipment, news: readonly CarrierNews[]): Transition {
  let after = shipment;
  const events: ShipmentEvent[] = [];
  for (const piece of news) {
    if (piece.sequence <= after.carrierSequence || isFinal(after.state)) continue;
    after = { ...after, carrierSequence: piece.sequence };
    if (piece.state === 'ARRANGED') continue; // the acceptance itself, which is in the history already
    const step = withEvent(after, piece.state, piece);
    after = step.shipment;
    events.push(...step.events);
  }
  return { shipment: after, events };
}

function withEvent(
  shipment: Shipment,
  state: ShipmentState,
  { description, location = '', occurTime }: { description: string; location?: string; occurTime: Date },
): Transition {
  const position = shipment.lastPosition + 1n;
  const event = { shipmentId: shipment.id, position, state, description, location, occurTime };
  return { shipment: { ...shipment, state, lastPosition: position }, events: [event] };
}
