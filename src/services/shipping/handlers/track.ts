import type {
  ShippingServiceImplementation,
  TrackShipmentsRequest,
  TrackShipmentsResponse,
} from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { abortError, currentCall } from '../../../chassis/core/index.ts';
import type { Database } from '../../../chassis/store/index.ts';
import { openMailbox } from '../mailbox.ts';
import type { ShipmentRepository } from '../repository.ts';
import type { ShipmentBell } from '../shipment-bell.ts';
import { createSubscriptions, type Subscriptions } from '../subscriptions.ts';

/** What TrackShipments works with. */
export interface TrackDependencies {
  readonly database: Database;
  readonly shipments: ShipmentRepository;
  readonly bell: ShipmentBell;
}

/** TrackShipments. Only what the client takes is read, and no more of what it asks than one message ahead: the stream pulls. */
export function trackHandler(dependencies: TrackDependencies): ShippingServiceImplementation['trackShipments'] {
  return async function* trackShipments(requests, context) {
    const call = currentCall();
    const signal = call?.signal ?? context.signal;
    const { wait, wake } = createWaiting(signal);
    const subscriptions = createSubscriptions({ ...dependencies, principal: call?.principal, onNews: wake });
    const mailbox = openMailbox(requests, wake);
    try {
      for (;;) {
        const request = mailbox.take();
        if (request !== undefined) yield* answer(subscriptions, request);
        const events = subscriptions.deliver();
        if (events !== undefined) yield* events;
        if (request !== undefined || events !== undefined) continue;
        if (mailbox.ended && subscriptions.size === 0) return;
        await wait();
      }
    } finally {
      subscriptions.close();
    }
  };
}

async function* answer(
  subscriptions: Subscriptions,
  { action }: TrackShipmentsRequest,
): AsyncIterable<TrackShipmentsResponse> {
  if (action?.$case === 'subscribe') {
    for (const { shipmentId, afterPosition } of action.value.subscriptions) {
      yield* subscriptions.subscribe(shipmentId, afterPosition);
    }
  }
  if (action?.$case === 'unsubscribe') {
    for (const shipmentId of action.value.shipmentIds) yield* subscriptions.unsubscribe(shipmentId);
  }
}

/** Waits for the next wake, and for no wake that came while nobody waited: look for work before waiting. */
function createWaiting(signal: AbortSignal) {
  let wake = () => {};
  return {
    wake: () => wake(),
    wait: () =>
      new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(abortError(signal));
        const giveUp = () => reject(abortError(signal));
        signal.addEventListener('abort', giveUp, { once: true });
        wake = () => {
          wake = () => {};
          signal.removeEventListener('abort', giveUp);
          resolve();
        };
      }),
  };
}
