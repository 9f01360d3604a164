import { LoyaltyServiceDefinition } from '../../gen/tradewind/loyalty/v1/loyalty.ts';
import { NotificationServiceDefinition } from '../../gen/tradewind/notification/v1/notification.ts';
import { OrderServiceDefinition } from '../../gen/tradewind/order/v1/order.ts';
import { ReadModelServiceDefinition } from '../../gen/tradewind/order/v1/read_model.ts';
import { SagaServiceDefinition } from '../../gen/tradewind/order/v1/saga.ts';
import { PaymentServiceDefinition } from '../../gen/tradewind/payment/v1/payment.ts';
import { InventoryServiceDefinition } from '../../gen/tradewind/product/v1/inventory.ts';
import { ProductServiceDefinition } from '../../gen/tradewind/product/v1/product.ts';
import { ShippingServiceDefinition } from '../../gen/tradewind/shipping/v1/shipping.ts';
import { AuthServiceDefinition, UserServiceDefinition } from '../../gen/tradewind/user/v1/user.ts';

/** Every service of the contract: under which name an app finds it, and which process serves it. */
export const SERVICES = {
  users: { process: 'user', definition: UserServiceDefinition },
  auth: { process: 'user', definition: AuthServiceDefinition },
  products: { process: 'product', definition: ProductServiceDefinition },
  inventory: { process: 'product', definition: InventoryServiceDefinition },
  orders: { process: 'order', definition: OrderServiceDefinition },
  readModels: { process: 'order', definition: ReadModelServiceDefinition },
  sagas: { process: 'order', definition: SagaServiceDefinition },
  payments: { process: 'payment', definition: PaymentServiceDefinition },
  shipments: { process: 'shipping', definition: ShippingServiceDefinition },
  notifications: { process: 'notification', definition: NotificationServiceDefinition },
  loyalty: { process: 'loyalty', definition: LoyaltyServiceDefinition },
} as const;

/** A process that serves gRPC, as the registry names it. */
export type ProcessName = (typeof SERVICES)[keyof typeof SERVICES]['process'];

/** All of them. */
export const PROCESSES: readonly ProcessName[] = [...new Set(Object.values(SERVICES).map(({ process }) => process))];
