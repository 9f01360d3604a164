import { hear, type Part, type PartState } from '../../chassis/choreography/index.ts';
import { awardPointsHandler } from './award-points.ts';
import { ORDER_EVENTS } from './consumers/order-events.ts';
import type { LoyaltyDependencies } from './dependencies.ts';

/** What the loyalty process does in a checkout that events carry on. */
export type PointsStep = 'award-points';

/** What it needs to know of the order. */
interface PointsBrief {
  readonly [kept: string]: unknown;
  readonly userId: string;
  /** As JSON has it. */
  readonly points: string;
}

/** An award that a cancellation has already revoked is none, nor is one that no longer fits the balance. */
const NO_AWARD: ReadonlySet<string> = new Set(['AWARD_REVOKED', 'BALANCE_LIMIT']);

/** Points come once the order is confirmed. */
export function nextPointsStep({ heard, said }: PartState<PointsStep>): PointsStep | undefined {
  return heard.has('checkout.confirmed') && said['award-points'] === undefined ? 'award-points' : undefined;
}

/** The points' part in a checkout without a saga: AwardPoints, done when the order says that it is confirmed. */
export function pointsPart(dependencies: LoyaltyDependencies): Part<PointsStep, PointsBrief> {
  const award = awardPointsHandler(dependencies);
  return {
    name: 'checkout-points',
    hears: {
      order: [hear(ORDER_EVENTS.checkoutConfirmed, ({ userId, points }) => ({ userId, points: String(points) }))],
    },
    next: nextPointsStep,
    steps: {
      'award-points': {
        async run({ key: requestId, subject: orderId, brief: { userId = '', points: wanted = '0' } }) {
          const points = BigInt(wanted);
          if (points === 0n) return awarded(orderId, 0n);
          const { entry } = await award({ requestId, userId, orderId, points, reason: 'Order confirmed' });
          return awarded(orderId, entry?.points ?? 0n);
        },
        refused: ({ reason }, orderId) => (NO_AWARD.has(reason) ? awarded(orderId, 0n) : undefined),
      },
    },
  };
}

function awarded(orderId: string, points: bigint) {
  return { type: 'checkout-points.awarded', payload: { order_id: orderId, points: String(points) } };
}
