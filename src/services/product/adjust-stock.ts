import {
  AdjustStockRequest,
  AdjustStockResponse,
  type InventoryServiceImplementation,
} from '../../../gen/tradewind/product/v1/inventory.ts';
import { currentCall } from '../../chassis/core/index.ts';
import { createParticipant } from '../../chassis/participant/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';
import { fromAdjustmentReason, stockMessage } from './convert.ts';
import { assertAdjustable, parseProductId, type AdjustmentReason, type ProductId } from './domain.ts';
import { stockAdjusted } from './events.ts';
import type { InventoryDependencies } from './inventory-dependencies.ts';
import { crossings } from './stock-levels.ts';
import { lockStock, moveStock } from './stock-repository.ts';

/** More or less of a product, and why. */
interface Adjustment {
  readonly productId: ProductId;
  readonly delta: number;
  readonly reason: AdjustmentReason;
  readonly note: string;
}

/** AdjustStock: stock, event and the record of the command in one commit. */
export function adjustStockHandler(dependencies: InventoryDependencies): InventoryServiceImplementation['adjustStock'] {
  const adjust = createParticipant<AdjustStockRequest, Adjustment, AdjustStockResponse>(
    {
      method: '/tradewind.product.v1.InventoryService/AdjustStock',
      request: AdjustStockRequest,
      response: AdjustStockResponse,
      parse: ({ productId, delta, reason, note }) => ({
        productId: parseProductId(productId),
        reason: fromAdjustmentReason(reason),
        ...{ delta, note },
      }),
      async handle(tx, { productId, delta, reason, note }) {
        const [shelf] = await lockStock(tx, [productId]);
        assertAdjustable(shelf, productId, delta);
        const lines = [{ productId, quantity: delta }];
        const [stock] = await moveStock(tx, { kind: 'ADJUSTED', lines, adjustmentReason: reason, note });
        if (stock === undefined) throw new Error(`the stock of ${productId} was not moved`);
        const adjusted = stockAdjusted(stock, { delta, reason, note });
        const events = [adjusted, ...(await crossings(tx, [shelf], [stock]))];
        return { response: { stock: stockMessage(stock) }, events };
      },
    },
    dependencies,
  );
  return async (request) => {
    assertAdmin(currentCall()?.principal);
    const response = await adjust(request);
    dependencies.bell.ring();
    return response;
  };
}
