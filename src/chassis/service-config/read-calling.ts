import { STATUS_CODES, type ErrorStatus } from '../core/index.ts';
import { byKind, checked, either, list, number, object, orFalse, record, type Reader } from '../live-config/index.ts';
import type { BreakerConfig, HedgingPolicy, MethodTimeouts, Timeouts, TripConfig } from '../middleware/client/index.ts';
import { DEFAULT_TRAFFIC_SHARE, type BulkheadOptions, type TrafficShare } from '../resilience/index.ts';
import { METHOD } from './method-pattern.ts';
import type { GivenRetry, GivenServiceConfig } from './service-config.ts';

const milliseconds = number('a number of milliseconds above 0', (value) => value > 0);
const wholeMilliseconds = number('a number of milliseconds, at least 1', (value) => value >= 1);
const count = number('a whole number above 0', (value) => Number.isInteger(value) && value > 0);
const notNegative = number('a number, not negative', (value) => value >= 0);
const positivePart = number('above 0 and at most 1', (value) => value > 0 && value <= 1);
const attempts = number('a whole number from 2 to 5', (value) => Number.isInteger(value) && value >= 2 && value <= 5);

const statuses = list(
  checked(
    `a status: ${Object.keys(STATUS_CODES).slice(1).join(', ')}`,
    (value): value is ErrorStatus => typeof value === 'string' && value !== 'OK' && Object.hasOwn(STATUS_CODES, value),
  ),
);

const ofMethod = { callMs: milliseconds, attemptMs: milliseconds };
const timeouts = object<Partial<Timeouts>>({ ...ofMethod, methods: record(METHOD, object<MethodTimeouts>(ofMethod)) });

const retry = object<GivenRetry>({
  maxAttempts: count,
  backoff: object({ baseMs: notNegative, maxMs: notNegative }),
  retryableStatusCodes: statuses,
  budget: object({ ratio: notNegative, perSecond: notNegative, capacity: notNegative }),
});

/** gRFC A6 allows no more than five attempts of a hedged call, and fewer than two are no hedges. */
const hedging = object<Partial<HedgingPolicy>>({
  maxAttempts: attempts,
  delayQuantile: number('above 0 and below 1', (value) => value > 0 && value < 1),
  minimumDelayMs: notNegative,
  minimumSamples: count,
  nonFatalStatusCodes: statuses,
});

const share: Reader<TrafficShare> = (value, path, violations) => {
  const read = object<TrafficShare>({ share: positivePart, atLeast: count, atMost: count }, ['share']);
  const given = read(value, path, violations);
  const { atLeast, atMost } = { ...DEFAULT_TRAFFIC_SHARE, ...given };
  if (atMost < atLeast) violations.push({ field: `${path}.atMost`, description: `must be at least ${atLeast}` });
  return given;
};
const trip = byKind<TripConfig>({
  ratio: { ratio: positivePart, minimumVolume: either(count, share) },
  streak: { failures: count },
});
const windows = { windowMs: wholeMilliseconds, buckets: count };
const breaker = byKind<BreakerConfig>({
  adaptive: {
    ...windows,
    callsPerAccept: number('at least 1', (value) => value >= 1),
    tolerated: notNegative,
    probeEveryMs: wholeMilliseconds,
    healMs: wholeMilliseconds,
  },
  classic: { ...windows, openMs: wholeMilliseconds, successesToClose: count, trip },
});

const bulkhead = object<Partial<BulkheadOptions>>({
  maxConcurrent: count,
  maxQueued: number('a whole number, not negative', (value) => Number.isInteger(value) && value >= 0),
});

type CallingFields = 'timeouts' | 'retry' | 'hedging' | 'breaker' | 'bulkhead';

/** The fields of a service config that say how calls are made, as `object` takes them. */
export const CALLING_FIELDS = {
  timeouts,
  retry: orFalse(retry),
  hedging: orFalse(hedging),
  breaker: orFalse(breaker),
  bulkhead: orFalse(bulkhead),
} satisfies { readonly [Name in CallingFields]: Reader<NonNullable<GivenServiceConfig[Name]>> };
