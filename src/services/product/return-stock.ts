import {
  ReturnStockRequest,
  ReturnStockResponse,
  type InventoryServiceImplementation,
} from '../../../gen/tradewind/product/v1/inventory.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { createParticipant } from '../../chassis/participant/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import type { Queryable } from '../../chassis/store/index.ts';
import { reservationMessage } from './convert.ts';
import {
  assertDistinct,
  parseProductId,
  parseReservationId,
  reservationNotFound,
  returnPieces,
  type Line,
  type ReservationId,
} from './domain.ts';
import { reservationEvent } from './events.ts';
import type { InventoryDependencies } from './inventory-dependencies.ts';
import { lockReservation, setReservationLines, setReservationState } from './reservation-repository.ts';
import type { ReservationChange } from './reservations.ts';
import { crossings } from './stock-levels.ts';
import { lockStock, moveStock } from './stock-repository.ts';

/** What is returned, and why. */
interface Return {
  readonly id: ReservationId;
  /** Each product once. */
  readonly lines: readonly Line[];
  readonly reason: string;
}

/** ReturnStock: stock, reservation, event and the record of the command in one commit. */
export function returnStockHandler(dependencies: InventoryDependencies): InventoryServiceImplementation['returnStock'] {
  const giveBack = createParticipant<ReturnStockRequest, Return, ReturnStockResponse>(
    {
      method: '/tradewind.product.v1.InventoryService/ReturnStock',
      request: ReturnStockRequest,
      response: ReturnStockResponse,
      parse: toReturn,
      async handle(tx, command) {
        const { reservation, events } = await returnStock(tx, command);
        return { response: { reservation: reservationMessage(reservation) }, events };
      },
    },
    dependencies,
  );
  return async (request) => {
    assertAdmin(currentCall()?.principal);
    const response = await giveBack(request);
    dependencies.bell.ring();
    return response;
  };
}

function toReturn(request: ReturnStockRequest): Return {
  const id = parseReservationId(request.reservationId);
  const lines = request.lines.map(({ productId, quantity }) => ({ productId: parseProductId(productId), quantity }));
  assertDistinct(lines);
  return { id, lines, reason: request.reason };
}

/** Locks as all commands of a reservation do: it before its stock, stock by product id. */
async function returnStock(tx: Queryable, { id, lines, reason }: Return): Promise<ReservationChange> {
  const reservation = await lockReservation(tx, id);
  if (reservation === undefined) throw reservationNotFound(id);
  const left = returnPieces(reservation, lines);
  const shelves = await lockStock(
    tx,
    lines.map(({ productId }) => productId),
  );
  const moved = await moveStock(tx, { kind: 'RETURNED', lines, reservationId: id, note: reason });
  // Nothing left is what a release leaves behind: the lines stay, for whoever looks.
  const changed =
    left.length === 0 ? await setReservationState(tx, id, 'RELEASED', reason) : await setReservationLines(tx, id, left);
  const events = [reservationEvent('returned', changed, lines), ...(await crossings(tx, shelves, moved))];
  return { reservation: changed, events };
}
