import {
  AdjustStockRequest,
  AdjustStockResponse,
  CommitReservationRequest,
  CommitReservationResponse,
  ReleaseReservationRequest,
  ReleaseReservationResponse,
  ReserveStockRequest,
  ReserveStockResponse,
  type InventoryServiceImplementation,
} from '../../../gen/tradewind/product/v1/inventory.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { idempotently, type Database } from '../../chassis/store/index.ts';
import { recordOf } from './commands.ts';
import { fromAdjustmentReason, reservationMessage, stockMessage } from './convert.ts';
import {
  DEFAULT_TTL_SECONDS,
  assertAdjustable,
  assertDistinct,
  parseProductId,
  parseReservationId,
  productNotFound,
  reservationNotFound,
} from './domain.ts';
import { getReservation } from './reservation-repository.ts';
import { commitReservation, expireDue, hold, releaseReservation, shortProducts } from './reservations.ts';
import { returnStockHandler } from './return-stock.ts';
import type { StockBell } from './stock-bell.ts';
import { getStock, lockStock, moveStock } from './stock-repository.ts';

/** What the handlers of stock work with. */
export interface InventoryHandlerDependencies {
  readonly database: Database;
  readonly bell: StockBell;
}

/** InventoryService but for its stream. */
export type InventoryHandlers = Omit<InventoryServiceImplementation, 'watchStock'>;

const SERVICE = '/tradewind.product.v1.InventoryService';

/** How many reservations past their end one refused basket may end. */
const SWEEP_LIMIT = 50;

/** Proto to domain and back; each command and its record in one transaction. */
export function createInventoryHandlers({ database, bell }: InventoryHandlerDependencies): InventoryHandlers {
  return {
    async getStock(request) {
      assertAdmin(currentCall()?.principal);
      const productId = parseProductId(request.productId);
      const stock = await getStock(database, productId);
      if (stock === undefined) throw productNotFound(productId);
      return { stock: stockMessage(stock) };
    },

    async adjustStock(request) {
      assertAdmin(currentCall()?.principal);
      const productId = parseProductId(request.productId);
      const { delta, note } = request;
      const adjustmentReason = fromAdjustmentReason(request.reason);
      const command = recordOf({
        path: `${SERVICE}/AdjustStock`,
        request,
        requestCodec: AdjustStockRequest,
        responseCodec: AdjustStockResponse,
      });
      const response = await database.transaction((tx) =>
        idempotently(tx, command, async () => {
          const [shelf] = await lockStock(tx, [productId]);
          assertAdjustable(shelf, productId, delta);
          const lines = [{ productId, quantity: delta }];
          const [stock] = await moveStock(tx, { kind: 'ADJUSTED', lines, adjustmentReason, note });
          return { stock: stock && stockMessage(stock) };
        }),
      );
      bell.ring();
      return response;
    },

    async reserveStock(request) {
      assertAdmin(currentCall()?.principal);
      const id = parseReservationId(request.reservationId);
      const lines = request.lines.map((line) => ({
        productId: parseProductId(line.productId),
        quantity: line.quantity,
      }));
      assertDistinct(lines);
      const ttlSeconds = request.ttlSeconds || DEFAULT_TTL_SECONDS;
      const command = recordOf({
        path: `${SERVICE}/ReserveStock`,
        request,
        requestCodec: ReserveStockRequest,
        responseCodec: ReserveStockResponse,
      });
      const attempt = () =>
        database.transaction((tx) =>
          idempotently(tx, command, async () => ({
            reservation: reservationMessage(await hold(tx, { id, lines, ttlSeconds })),
          })),
        );
      const response = await attempt().catch(async (error: unknown) => {
        // Stock whose reservation is past its end is free, whether or not the sweeper has been there.
        const short = shortProducts(error);
        if (short.length === 0 || (await expireDue(database, { of: short, limit: SWEEP_LIMIT })) === 0) throw error;
        return attempt();
      });
      bell.ring();
      return response;
    },

    async commitReservation(request) {
      assertAdmin(currentCall()?.principal);
      const id = parseReservationId(request.reservationId);
      const command = recordOf({
        path: `${SERVICE}/CommitReservation`,
        request,
        requestCodec: CommitReservationRequest,
        responseCodec: CommitReservationResponse,
      });
      const response = await database.transaction((tx) =>
        idempotently(tx, command, async () => ({
          reservation: reservationMessage(await commitReservation(tx, id)),
        })),
      );
      bell.ring();
      return response;
    },

    async releaseReservation(request) {
      assertAdmin(currentCall()?.principal);
      const id = parseReservationId(request.reservationId);
      const { reason, returnCommitted } = request;
      const command = recordOf({
        path: `${SERVICE}/ReleaseReservation`,
        request,
        requestCodec: ReleaseReservationRequest,
        responseCodec: ReleaseReservationResponse,
      });
      const response = await database.transaction((tx) =>
        idempotently(tx, command, async () => ({
          reservation: reservationMessage(await releaseReservation(tx, { id, reason, returnCommitted })),
        })),
      );
      bell.ring();
      return response;
    },

    returnStock: returnStockHandler({ database, bell }),

    async getReservation(request) {
      assertAdmin(currentCall()?.principal);
      const id = parseReservationId(request.reservationId);
      const reservation = await getReservation(database, id);
      if (reservation === undefined) throw reservationNotFound(id);
      return { reservation: reservationMessage(reservation) };
    },
  };
}
