import { databaseUrl, integer, milliseconds, type Secret } from '../chassis/config/index.ts';
import type { MethodContract } from '../chassis/contract/index.ts';
import type { Clock, Principal, Random } from '../chassis/core/index.ts';
import {
  createLocalRateLimiter,
  createSharedRateLimiter,
  type RateLimiter,
  type SharedRateLimiter,
} from '../chassis/rate-limits/index.ts';
import { rateLimited } from '../chassis/resilience/index.ts';

/** The keys of the limit on writes. The defaults are far above what a person does, and stop a program that runs wild. */
export const WRITE_LIMIT_KEYS = {
  GATEWAY_WRITE_LIMIT: integer(
    'So many writes of one user, or of one address where there is no user, in each window; 0: no limit.',
    { min: 0, max: 1_000_000_000 },
  ).prefault('60000'),
  GATEWAY_WRITE_WINDOW_MS: milliseconds('The window of GATEWAY_WRITE_LIMIT.', { min: 1_000, max: 3_600_000 }).prefault(
    '60000',
  ),
  GATEWAY_LIMITS_DATABASE_URL: databaseUrl(
    'postgres:// URL of a database in which the replicas count writes together, a statement a write; absent: each counts for itself.',
  ).optional(),
};

/** What the keys say. */
export interface WriteLimitConfiguration {
  readonly GATEWAY_WRITE_LIMIT: number;
  readonly GATEWAY_WRITE_WINDOW_MS: number;
  readonly GATEWAY_LIMITS_DATABASE_URL?: Secret | undefined;
}

/** How writes are counted: by nobody, by this process, or by all replicas together. */
export type WriteCounter =
  | { readonly kind: 'none' }
  | { readonly kind: 'local'; readonly limiter: RateLimiter }
  | { readonly kind: 'shared'; readonly limiter: SharedRateLimiter };

const SUBJECT = 'writes';

/** Opens what the keys ask for. */
export function openWriteCounter(
  config: WriteLimitConfiguration,
  time: { readonly clock: Clock; readonly random: Random },
): WriteCounter {
  const limit = config.GATEWAY_WRITE_LIMIT;
  if (limit === 0) return { kind: 'none' };
  const bounds = { subject: SUBJECT, limit, windowMs: config.GATEWAY_WRITE_WINDOW_MS };
  const url = config.GATEWAY_LIMITS_DATABASE_URL;
  return url === undefined
    ? { kind: 'local', limiter: createLocalRateLimiter(bounds, time) }
    : { kind: 'shared', limiter: createSharedRateLimiter({ ...bounds, url }, time) };
}

/** Who writes: the user of the token, or the address that the connection came from. */
export interface Writer {
  readonly principal: Principal | undefined;
  readonly peer: string;
}

/**
 * Counts a call that changes something. Throws AppError RATE_LIMITED (HTTP 429), with QuotaFailure and RetryInfo, when its
 * caller has no more of them in this window.
 */
export async function countWrite(counter: WriteCounter, method: MethodContract, writer: Writer): Promise<void> {
  if (counter.kind === 'none' || method.idempotency === 'no-side-effects') return;
  const key = writer.principal === undefined ? `peer/${writer.peer}` : `user/${writer.principal.userId}`;
  const verdict = await counter.limiter.take(key);
  if (verdict.kind === 'limited') throw rateLimited(`${SUBJECT} of ${key}`, verdict.retryAfterMs);
}
