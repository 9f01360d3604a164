import type { InventoryServiceImplementation } from '../../../gen/tradewind/product/v1/inventory.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { adjustStockHandler } from './adjust-stock.ts';
import { commitReservationHandler } from './commit-reservation.ts';
import { reservationMessage, stockMessage } from './convert.ts';
import { parseProductId, parseReservationId, productNotFound, reservationNotFound } from './domain.ts';
import type { InventoryDependencies } from './inventory-dependencies.ts';
import { releaseReservationHandler } from './release-reservation.ts';
import { getReservation } from './reservation-repository.ts';
import { reserveStockHandler } from './reserve-stock.ts';
import { returnStockHandler } from './return-stock.ts';
import { getStock } from './stock-repository.ts';

/** InventoryService but for its stream. */
export type InventoryHandlers = Omit<InventoryServiceImplementation, 'watchStock'>;

/** Proto to domain and back; each command takes effect once. */
export function createInventoryHandlers(dependencies: InventoryDependencies): InventoryHandlers {
  const { database } = dependencies;
  return {
    reserveStock: reserveStockHandler(dependencies),
    commitReservation: commitReservationHandler(dependencies),
    releaseReservation: releaseReservationHandler(dependencies),
    returnStock: returnStockHandler(dependencies),
    adjustStock: adjustStockHandler(dependencies),

    async getStock(request) {
      assertAdmin(currentCall()?.principal);
      const productId = parseProductId(request.productId);
      const stock = await getStock(database, productId);
      if (stock === undefined) throw productNotFound(productId);
      return { stock: stockMessage(stock) };
    },

    async getReservation(request) {
      assertAdmin(currentCall()?.principal);
      const id = parseReservationId(request.reservationId);
      const reservation = await getReservation(database, id);
      if (reservation === undefined) throw reservationNotFound(id);
      return { reservation: reservationMessage(reservation) };
    },
  };
}
