import {
  ReservationState,
  ReserveStockRequest,
  ReserveStockResponse,
} from '../../../gen/tradewind/product/v1/inventory.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { createParticipant } from '../../chassis/participant/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { reservationMessage } from './convert.ts';
import { DEFAULT_TTL_SECONDS, assertDistinct, parseProductId, parseReservationId } from './domain.ts';
import type { InventoryDependencies } from './inventory-dependencies.ts';
import { expireDue, hold, shortProducts, type Hold } from './reservations.ts';
import { statements } from './statements.ts';

/** How many reservations past their end one refused basket may end. */
const SWEEP_LIMIT = 50;

/** What the statement for many baskets says of each: times by the database's clock, as JSON has them. */
interface HeldOutcome {
  readonly expire_time: string;
  readonly create_time: string;
  readonly update_time: string;
}

/** ReserveStock: reservation, stock, event and the record of the command in one commit. */
export function reserveStockHandler(dependencies: InventoryDependencies) {
  const { database, bell } = dependencies;
  const reserve = createParticipant<ReserveStockRequest, Hold, ReserveStockResponse>(
    {
      method: '/tradewind.product.v1.InventoryService/ReserveStock',
      request: ReserveStockRequest,
      response: ReserveStockResponse,
      parse: toHold,
      async handle(tx, command) {
        const { reservation, events } = await hold(tx, command);
        return { response: { reservation: reservationMessage(reservation) }, events };
      },
      fast: {
        effect: statements['reserve-many'],
        body: ({ id, lines, ttlSeconds }) => ({
          id,
          product_ids: lines.map(({ productId }) => productId),
          quantities: lines.map(({ quantity }) => quantity),
          lines: lines.map(({ productId, quantity }) => ({ product_id: productId, quantity })),
          ttl_seconds: ttlSeconds,
        }),
        response: ({ id, lines }, outcome) => heldResponse(id, lines, outcome as HeldOutcome), // as the statement builds it
      },
    },
    dependencies,
  );
  return async (request: ReserveStockRequest): Promise<ReserveStockResponse> => {
    assertAdmin(currentCall()?.principal);
    const response = await reserve(request).catch(async (error: unknown) => {
      // Stock whose reservation is past its end is free, whether or not the sweeper has been there.
      const short = shortProducts(error);
      if (short.length === 0 || (await expireDue(database, { of: short, limit: SWEEP_LIMIT })) === 0) throw error;
      return reserve(request);
    });
    bell.ring();
    return response;
  };
}

function toHold(request: ReserveStockRequest): Hold {
  const id = parseReservationId(request.reservationId);
  const lines = request.lines.map(({ productId, quantity }) => ({ productId: parseProductId(productId), quantity }));
  assertDistinct(lines);
  return { id, lines, ttlSeconds: request.ttlSeconds || DEFAULT_TTL_SECONDS };
}

function heldResponse(id: Hold['id'], lines: Hold['lines'], outcome: HeldOutcome): ReserveStockResponse {
  return {
    reservation: {
      id,
      state: ReservationState.RESERVATION_STATE_HELD,
      lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
      expireTime: new Date(outcome.expire_time),
      releaseReason: '',
      createTime: new Date(outcome.create_time),
      updateTime: new Date(outcome.update_time),
    },
  };
}
