import {
  ReturnStockRequest,
  ReturnStockResponse,
  type InventoryServiceImplementation,
} from '../../../gen/tradewind/product/v1/inventory.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { idempotently, type Database, type Queryable } from '../../chassis/store/index.ts';
import { recordOf } from './commands.ts';
import { reservationMessage } from './convert.ts';
import {
  assertDistinct,
  parseProductId,
  parseReservationId,
  reservationNotFound,
  returnPieces,
  type Line,
  type Reservation,
  type ReservationId,
} from './domain.ts';
import { lockReservation, setReservationLines, setReservationState } from './reservation-repository.ts';
import type { StockBell } from './stock-bell.ts';
import { lockStock, moveStock } from './stock-repository.ts';

/** What is returned, and why. */
interface Return {
  readonly id: ReservationId;
  /** Each product once. */
  readonly lines: readonly Line[];
  readonly reason: string;
}

/** ReturnStock: stock, reservation and the record of the command in one transaction. */
export function returnStockHandler(dependencies: {
  readonly database: Database;
  readonly bell: StockBell;
}): InventoryServiceImplementation['returnStock'] {
  const { database, bell } = dependencies;
  return async (request) => {
    assertAdmin(currentCall()?.principal);
    const id = parseReservationId(request.reservationId);
    const lines = request.lines.map(({ productId, quantity }) => ({ productId: parseProductId(productId), quantity }));
    assertDistinct(lines);
    const command = recordOf({
      path: '/tradewind.product.v1.InventoryService/ReturnStock',
      request,
      requestCodec: ReturnStockRequest,
      responseCodec: ReturnStockResponse,
    });
    const response = await database.transaction((tx) =>
      idempotently(tx, command, async () => ({
        reservation: reservationMessage(await returnStock(tx, { id, lines, reason: request.reason })),
      })),
    );
    bell.ring();
    return response;
  };
}

/** Locks as all commands of a reservation do: it before its stock, stock by product id. */
async function returnStock(tx: Queryable, { id, lines, reason }: Return): Promise<Reservation> {
  const reservation = await lockReservation(tx, id);
  if (reservation === undefined) throw reservationNotFound(id);
  const left = returnPieces(reservation, lines);
  await lockStock(
    tx,
    lines.map(({ productId }) => productId),
  );
  await moveStock(tx, { kind: 'RETURNED', lines, reservationId: id, note: reason });
  // Nothing left is what a release leaves behind: the lines stay, for whoever looks.
  return left.length === 0 ? setReservationState(tx, id, 'RELEASED', reason) : setReservationLines(tx, id, left);
}
