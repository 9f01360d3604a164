import { ReleaseReservationRequest, ReleaseReservationResponse } from '../../../gen/tradewind/product/v1/inventory.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { createParticipant } from '../../chassis/participant/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { reservationMessage } from './convert.ts';
import { parseReservationId } from './domain.ts';
import type { InventoryDependencies } from './inventory-dependencies.ts';
import { releaseReservation, type Release } from './reservations.ts';

/** ReleaseReservation: reservation, stock, event and the record of the command in one commit. */
export function releaseReservationHandler(dependencies: InventoryDependencies) {
  const release = createParticipant<ReleaseReservationRequest, Release, ReleaseReservationResponse>(
    {
      method: '/tradewind.product.v1.InventoryService/ReleaseReservation',
      request: ReleaseReservationRequest,
      response: ReleaseReservationResponse,
      parse: ({ reservationId, reason, returnCommitted }) => ({
        id: parseReservationId(reservationId),
        ...{ reason, returnCommitted },
      }),
      async handle(tx, command) {
        const { reservation, events } = await releaseReservation(tx, command);
        return { response: { reservation: reservationMessage(reservation) }, events };
      },
    },
    dependencies,
  );
  return async (request: ReleaseReservationRequest): Promise<ReleaseReservationResponse> => {
    assertAdmin(currentCall()?.principal);
    const response = await release(request);
    dependencies.bell.ring();
    return response;
  };
}
