import { CheckoutPointsAwarded } from '../../../../gen/tradewind/loyalty/v1/events.ts';
import { eventType } from '../../../chassis/events/index.ts';

/** What the order process reads of points, from the contract of the loyalty process. */
export const LOYALTY_EVENTS = {
  awarded: eventType('checkout-points.awarded', {
    schema: 'tradewind.loyalty.v1.CheckoutPointsAwarded',
    message: CheckoutPointsAwarded,
  }),
} as const;
