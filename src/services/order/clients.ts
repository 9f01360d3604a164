import { LoyaltyServiceDefinition } from '../../../gen/tradewind/loyalty/v1/loyalty.ts';
import { NotificationServiceDefinition } from '../../../gen/tradewind/notification/v1/notification.ts';
import { PaymentServiceDefinition } from '../../../gen/tradewind/payment/v1/payment.ts';
import { InventoryServiceDefinition } from '../../../gen/tradewind/product/v1/inventory.ts';
import { ProductServiceDefinition } from '../../../gen/tradewind/product/v1/product.ts';
import { ShippingServiceDefinition } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { UserServiceDefinition } from '../../../gen/tradewind/user/v1/user.ts';
import type { ChassisClient } from '../../chassis/client/index.ts';
import type { ServiceContext } from '../../chassis/lifecycle/index.ts';

/** Whom the order process calls. */
export interface OrderClients {
  readonly users: ChassisClient<typeof UserServiceDefinition>;
  readonly products: ChassisClient<typeof ProductServiceDefinition>;
  readonly inventory: ChassisClient<typeof InventoryServiceDefinition>;
  readonly payments: ChassisClient<typeof PaymentServiceDefinition>;
  readonly shipping: ChassisClient<typeof ShippingServiceDefinition>;
  readonly notifications: ChassisClient<typeof NotificationServiceDefinition>;
  readonly loyalty: ChassisClient<typeof LoyaltyServiceDefinition>;
}

/** Clients of the neighbours, found through the registry. */
export function createOrderClients({ client }: Pick<ServiceContext, 'client'>): OrderClients {
  return {
    users: client(UserServiceDefinition, 'user'),
    products: client(ProductServiceDefinition, 'product'),
    inventory: client(InventoryServiceDefinition, 'product'),
    payments: client(PaymentServiceDefinition, 'payment'),
    shipping: client(ShippingServiceDefinition, 'shipping'),
    notifications: client(NotificationServiceDefinition, 'notification'),
    loyalty: client(LoyaltyServiceDefinition, 'loyalty'),
  };
}
