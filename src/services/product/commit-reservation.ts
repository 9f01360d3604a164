import {
  CommitReservationRequest,
  CommitReservationResponse,
  ReservationState,
} from '../../../gen/tradewind/product/v1/inventory.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { createParticipant } from '../../chassis/participant/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { reservationMessage } from './convert.ts';
import { parseReservationId, type ReservationId } from './domain.ts';
import type { InventoryDependencies } from './inventory-dependencies.ts';
import { commitReservation } from './reservations.ts';
import { statements } from './statements.ts';

/** What the statement for many reservations says of each: times by the database's clock, as JSON has them. */
interface CommittedOutcome {
  readonly lines: readonly { readonly product_id: string; readonly quantity: number }[];
  readonly expire_time: string;
  readonly create_time: string;
  readonly update_time: string;
}

/** CommitReservation: reservation, stock, event and the record of the command in one commit. */
export function commitReservationHandler(dependencies: InventoryDependencies) {
  const commit = createParticipant<CommitReservationRequest, ReservationId, CommitReservationResponse>(
    {
      method: '/tradewind.product.v1.InventoryService/CommitReservation',
      request: CommitReservationRequest,
      response: CommitReservationResponse,
      parse: ({ reservationId }) => parseReservationId(reservationId),
      async handle(tx, id) {
        const { reservation, events } = await commitReservation(tx, id);
        return { response: { reservation: reservationMessage(reservation) }, events };
      },
      fast: {
        effect: statements['commit-many'],
        body: (id) => ({ id }),
        response: (id, outcome) => committedResponse(id, outcome as CommittedOutcome), // as the statement builds it
      },
    },
    dependencies,
  );
  return async (request: CommitReservationRequest): Promise<CommitReservationResponse> => {
    assertAdmin(currentCall()?.principal);
    const response = await commit(request);
    dependencies.bell.ring();
    return response;
  };
}

function committedResponse(id: ReservationId, outcome: CommittedOutcome): CommitReservationResponse {
  return {
    reservation: {
      id,
      state: ReservationState.RESERVATION_STATE_COMMITTED,
      lines: outcome.lines.map((line) => ({ productId: line.product_id, quantity: line.quantity })),
      expireTime: new Date(outcome.expire_time),
      releaseReason: '',
      createTime: new Date(outcome.create_time),
      updateTime: new Date(outcome.update_time),
    },
  };
}
