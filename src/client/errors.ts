import type { ErrorReason as LoyaltyReason } from '../../gen/tradewind/loyalty/v1/loyalty.ts';
import type { ErrorReason as NotificationReason } from '../../gen/tradewind/notification/v1/notification.ts';
import type { ErrorReason as OrderReason } from '../../gen/tradewind/order/v1/order.ts';
import type { ErrorReason as PaymentReason } from '../../gen/tradewind/payment/v1/payment.ts';
import type { ErrorReason as ProductReason } from '../../gen/tradewind/product/v1/product.ts';
import type { ErrorReason as ShippingReason } from '../../gen/tradewind/shipping/v1/shipping.ts';
import type { ErrorReason as UserReason } from '../../gen/tradewind/user/v1/user.ts';
import { AppError } from '../chassis/core/index.ts';
import type { ProcessName } from './services.ts';

/**
 * What every call of the client fails with: the canonical status, the reason and its domain ("product.tradewind"), facts
 * in `metadata`, and google.rpc's further details as the service sent them.
 */
export { AppError as TradewindError };

/** The names of a contract's enum, without its prefix. */
type NamesOf<Enum> = keyof Enum extends infer Key
  ? Key extends `ERROR_REASON_${infer Name}`
    ? Exclude<Name, 'UNSPECIFIED'>
    : never
  : never;

interface ReasonsByProcess {
  user: NamesOf<typeof UserReason>;
  product: NamesOf<typeof ProductReason>;
  order: NamesOf<typeof OrderReason>;
  payment: NamesOf<typeof PaymentReason>;
  shipping: NamesOf<typeof ShippingReason>;
  notification: NamesOf<typeof NotificationReason>;
  loyalty: NamesOf<typeof LoyaltyReason>;
}

/** Why any service refuses a call, and why a call never came to one. Their domain is "tradewind" or the process's. */
type SharedReason =
  | 'VALIDATION_FAILED'
  | 'REQUEST_ID_REUSED'
  | 'PAGE_TOKEN_INVALID'
  | 'UNKNOWN_FIELD_PATH'
  | 'ETAG_MISMATCH'
  | 'UNAUTHENTICATED'
  | 'ACCESS_DENIED'
  | 'DEADLINE_EXCEEDED'
  | 'CANCELLED'
  | 'INTERNAL'
  | 'SERVER_DRAINING'
  | 'NO_ENDPOINTS'
  | 'ENDPOINTS_UNREACHABLE'
  | 'CLIENT_CLOSED'
  | 'TOKEN_UNAVAILABLE'
  | 'ATTEMPT_TIMEOUT'
  | 'CIRCUIT_OPEN'
  | 'BULKHEAD_FULL'
  | 'RATE_LIMITED'
  | 'OVERLOADED';

/** The reasons of one process's contract (its ErrorReason enum). */
export type ReasonOf<Process extends ProcessName> = ReasonsByProcess[Process];

/** Every reason there is. A service that is newer than this client may send others. */
export type TradewindReason = ReasonOf<ProcessName> | SharedReason;

/**
 * True for a TradewindError with this reason: `if (isReason(error, 'OUT_OF_STOCK')) ...`. Where several processes have a
 * reason of one name, the third argument says whose is meant.
 */
export function isReason<const Reason extends TradewindReason>(
  error: unknown,
  reason: Reason,
): error is AppError & { readonly reason: Reason };
export function isReason<const Process extends ProcessName, const Reason extends ReasonOf<Process>>(
  error: unknown,
  reason: Reason,
  process: Process,
): error is AppError & { readonly reason: Reason; readonly domain: `${Process}.tradewind` };
export function isReason(error: unknown, reason: string, process?: string): boolean {
  if (!(error instanceof AppError) || error.reason !== reason) return false;
  return process === undefined || error.domain === `${process}.tradewind`;
}
