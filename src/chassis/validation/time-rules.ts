import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';

import type { Clock } from '../core/index.ts';
import type { Rule, RuleTable } from './rule.ts';

const NANOS = 1_000_000_000n;

/** ts-proto's google.protobuf.Duration. */
type DurationValue = Pick<Duration, 'seconds' | 'nanos'>;

const nanosOf = ({ seconds, nanos }: DurationValue) => seconds * NANOS + BigInt(nanos);
const textOf = (duration: DurationValue) => `${Number(nanosOf(duration)) / Number(NANOS)} s`;
const dateOf = ({ seconds, nanos }: Timestamp) => Number(seconds) * 1_000 + nanos / 1_000_000;
const isoOf = (timestamp: Timestamp) => new Date(dateOf(timestamp)).toISOString();

const duration = (id: string, text: string, test: (nanos: bigint) => boolean): Rule[] => [
  { id: `duration.${id}`, text, test: (value) => test(nanosOf(value as DurationValue)) }, // the field is a Duration
];

const timestamp = (id: string, text: string, test: (ms: number) => boolean): Rule[] => [
  { id: `timestamp.${id}`, text, test: (value) => test((value as Date).getTime()) }, // the field is a Timestamp
];

/** buf.validate.DurationRules, by field. */
export const DURATION_RULES = {
  const: (wanted: Duration) => duration('const', `must be ${textOf(wanted)}`, (value) => value === nanosOf(wanted)),
  lt: (limit: Duration) => duration('lt', `must be less than ${textOf(limit)}`, (value) => value < nanosOf(limit)),
  lte: (limit: Duration) => duration('lte', `must be at most ${textOf(limit)}`, (value) => value <= nanosOf(limit)),
  gt: (limit: Duration) => duration('gt', `must be more than ${textOf(limit)}`, (value) => value > nanosOf(limit)),
  gte: (limit: Duration) => duration('gte', `must be at least ${textOf(limit)}`, (value) => value >= nanosOf(limit)),
  example: () => [],
} satisfies RuleTable;

/** buf.validate.TimestampRules, by field; the clock says what "now" is. */
export function timestampRules(clock: Pick<Clock, 'now'>): RuleTable {
  return {
    const: (wanted: Timestamp) => timestamp('const', `must be ${isoOf(wanted)}`, (value) => value === dateOf(wanted)),
    lt: (limit: Timestamp) => timestamp('lt', `must be before ${isoOf(limit)}`, (value) => value < dateOf(limit)),
    lte: (limit: Timestamp) => timestamp('lte', `must not be after ${isoOf(limit)}`, (value) => value <= dateOf(limit)),
    gt: (limit: Timestamp) => timestamp('gt', `must be after ${isoOf(limit)}`, (value) => value > dateOf(limit)),
    gte: (limit: Timestamp) =>
      timestamp('gte', `must not be before ${isoOf(limit)}`, (value) => value >= dateOf(limit)),
    lt_now: (wanted: boolean) =>
      wanted ? timestamp('lt_now', 'must be in the past', (value) => value < clock.now()) : [],
    gt_now: (wanted: boolean) =>
      wanted ? timestamp('gt_now', 'must be in the future', (value) => value > clock.now()) : [],
    within(span: Duration) {
      const spanMs = Number(nanosOf(span) / 1_000_000n);
      return timestamp(
        'within',
        `must be within ${textOf(span)} of now`,
        (value) => Math.abs(value - clock.now()) <= spanMs,
      );
    },
    example: () => [],
  };
}
