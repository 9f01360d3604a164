import type { Secret } from '../config/index.ts';
import { createEmitter, isAbortError, type Clock, type Random } from '../core/index.ts';
import {
  breakerPolicy,
  createClassicBreaker,
  failureStreak,
  fallbackPolicy,
  timeoutPolicy,
  wrap,
  type PolicyEvents,
} from '../resilience/index.ts';
import { createDatabase, loadStatements, migrate, type Database } from '../store/index.ts';
import { createLocalRateLimiter } from './local-rate-limiter.ts';
import { postgresClient } from './postgres-client.ts';
import { checkRateLimit, type RateLimit, type RateLimiter, type RateVerdict } from './rate-limiter.ts';

/** How replicas count together. */
export interface SharedRateLimiterOptions extends RateLimit {
  /** What is limited, in telemetry: "writes". Limiters of one subject share their counts. */
  readonly subject: string;
  /** The PostgreSQL database that they all reach. Its table is made at the first use. */
  readonly url: Secret;
  /** The longest wait for an answer of PostgreSQL, in milliseconds. Default 250. */
  readonly timeoutMs?: number;
}

/** A limiter with connections. */
export interface SharedRateLimiter extends RateLimiter, AsyncDisposable {
  readonly database: Database;
  /** Background work that forgets windows that are over, until the signal fires. Replicas may all run it. */
  prune(signal: AbortSignal): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 250;

/** So many failures in a row, and PostgreSQL is left alone for this long: then one call at a time finds out. */
const AWAY = { failures: 5, openMs: 1_000 };

const BETWEEN_PRUNING_MS = 60_000;

/**
 * Replicas count together, in PostgreSQL, by rate-limiter-flexible: one statement for each call that is let through, none
 * for a key that is known to be over its limit. While PostgreSQL is away it fails open: each replica allows the whole limit,
 * counting for itself, and tells so (`fellBack` for each call, `breakerChanged` when it is left alone). Windows end by the
 * replicas' clocks. Throws RangeError, with the field's name, for bounds that make no sense.
 */
export function createSharedRateLimiter(
  options: SharedRateLimiterOptions,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): SharedRateLimiter {
  checkRateLimit(options);
  const { subject, url, limit, windowMs, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const rejections = createEmitter<PolicyEvents>();
  const local = createLocalRateLimiter({ subject, limit, windowMs }, { clock });
  const database = createDatabase({
    ...{ url, applicationName: 'tradewind/rate-limits', maxConnections: 4, connectTimeoutMs: 2_000 },
    ...{ statementTimeoutMs: 2_000, clock, random },
  });
  const countIn = onceItSucceeds(async () => {
    await migrate({ url, clock, directories: [new URL('./migrations/', import.meta.url)] });
    return openCounts(database, { subject, limit, windowMs });
  });
  const breaker = createClassicBreaker({ trip: failureStreak(AWAY), openMs: AWAY.openMs }, { clock });
  const asking = wrap<RateVerdict | undefined>(
    fallbackPolicy({ value: () => undefined, handles: (error) => !isAbortError(error) }),
    breakerPolicy(breaker, { subject: `shared count of ${subject}` }),
    timeoutPolicy(timeoutMs, { clock }),
  );
  const close = () => database.close();

  return {
    database,
    events: {
      on(name, listener) {
        const stops = [asking, local, { events: rejections }].map(({ events }) => events.on(name, listener));
        return () => stops.forEach((stop) => stop());
      },
    },
    status: () => ({
      breakers: [{ subject, state: breaker.state, rejections: breaker.rejections }],
      bulkheads: [],
    }),
    async take(key) {
      const verdict = await asking.execute(async () => (await countIn())(key));
      if (verdict === undefined) return local.take(key);
      if (verdict.kind === 'limited') rejections.emit('rejected', { subject, reason: 'RATE_LIMITED' });
      return verdict;
    },
    async prune(signal) {
      const { 'prune-rate-limits': statement } = loadStatements(new URL('./sql/', import.meta.url), [
        'prune-rate-limits',
      ]);
      while (!signal.aborted) {
        await countIn();
        await database.execute(statement, [clock.now()]);
        await clock.sleep(BETWEEN_PRUNING_MS, signal);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Count = (key: string) => Promise<RateVerdict>;

/** Counts in the table. The library is only loaded where counts are shared. */
async function openCounts(
  database: Database,
  { subject, limit, windowMs }: RateLimit & { readonly subject: string },
): Promise<Count> {
  const { RateLimiterPostgres, RateLimiterRes } = await import('rate-limiter-flexible');
  const limiter = new RateLimiterPostgres({
    storeClient: postgresClient(database),
    storeType: 'client',
    tableName: 'rate_limit',
    tableCreated: true, // by our migration
    clearExpiredByTimeout: false, // by our pruning
    keyPrefix: subject,
    points: limit,
    duration: windowMs / 1_000,
    inMemoryBlockOnConsumed: limit,
  });
  return async (key) => {
    try {
      const { remainingPoints } = await limiter.consume(key);
      return { kind: 'allowed', remaining: remainingPoints };
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      return { kind: 'limited', retryAfterMs: Math.max(1, Math.ceil(thrown.msBeforeNext)) };
    }
  };
}

/** Made at the first call that can; those who come meanwhile wait for the same attempt. */
function onceItSucceeds<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}
