import type { ShippingServiceImplementation } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import type { ShippingDependencies } from './dependencies.ts';
import { amendHandler } from './handlers/amend.ts';
import { arrangeHandler } from './handlers/arrange.ts';
import { cancelHandler } from './handlers/cancel.ts';
import { queryHandlers } from './handlers/queries.ts';
import { trackHandler, type TrackDependencies } from './handlers/track.ts';

/** ShippingService: proto to domain and back, one file for each kind of call. */
export function createShippingHandlers(
  dependencies: ShippingDependencies & TrackDependencies,
): ShippingServiceImplementation {
  return {
    arrangeShipment: arrangeHandler(dependencies),
    amendShipment: amendHandler(dependencies),
    cancelShipment: cancelHandler(dependencies),
    ...queryHandlers(dependencies),
    trackShipments: trackHandler(dependencies),
  };
}
