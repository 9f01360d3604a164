export { createLocalRateLimiter, type LocalRateLimiterOptions } from './local-rate-limiter.ts';
export type { RateLimit, RateLimiter, RateVerdict } from './rate-limiter.ts';
export {
  createSharedRateLimiter,
  type SharedRateLimiter,
  type SharedRateLimiterOptions,
} from './shared-rate-limiter.ts';
