export {
  createTradewind,
  type Discovery,
  type ProcessName,
  type Tradewind,
  type TradewindOptions,
} from './create-tradewind.ts';
export { TradewindError, isReason, type ReasonOf, type TradewindReason } from './errors.ts';
export {
  pages,
  resumable,
  withFallback,
  type FallbackOptions,
  type ResumeOptions,
  type Resumption,
} from '../chassis/client/index.ts';
export type { ChassisCallOptions as TradewindCallOptions, TokenSource } from '../chassis/middleware/client/index.ts';
export type { ErrorDetail, ErrorStatus, FieldViolation } from '../chassis/core/index.ts';
