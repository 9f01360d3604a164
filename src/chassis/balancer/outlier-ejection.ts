import { STATUS_CODES, createEmitter, type Clock, type Events, type Timer } from '../core/index.ts';
import { DEFAULT_OUTLIER_RULES, outliersOf, type EjectionReason, type OutlierRules } from './outlier-rules.ts';

/** How endpoints that fail are left alone for a while. */
export interface EjectionOptions extends OutlierRules {
  /** How often rates are judged and ejected endpoints come back, in milliseconds. Default 2,000. */
  readonly intervalMs: number;
  /** The first ejection, in milliseconds; each further one is longer by as much. Default 5,000. */
  readonly baseMs: number;
  /** The longest, in milliseconds. Default 60,000. */
  readonly maxMs: number;
  /** The part of the endpoints that may be ejected at a time, 0 to 1, rounded down; one stays whatever it says. Default 0.5. */
  readonly maxEjected: number;
}

/** Shorter than gRFC A50's 10 s, 30 s and 300 s: in a small fleet every ejection costs much of its capacity. */
export const DEFAULT_EJECTION: EjectionOptions = {
  ...DEFAULT_OUTLIER_RULES,
  intervalMs: 2_000,
  baseMs: 5_000,
  maxMs: 60_000,
  maxEjected: 0.5,
};

/** What happens to endpoints. */
export interface EjectionEvents {
  ejected: { readonly address: string; readonly reason: EjectionReason; readonly forMs: number };
  unejected: { readonly address: string };
}

/** What is known of one endpoint's answers. Changed in place by every call that ends. */
export interface CallRecord {
  readonly address: string;
  successes: number;
  failures: number;
  /** Failures since the last success. */
  streak: number;
  /** How often in a row it was ejected; falls again while it answers. */
  multiplier: number;
  /** On the monotonic clock; undefined: it is not ejected. */
  ejectedUntilMs: number | undefined;
}

/** Watches how calls end and says whom to leave alone. Knows endpoints by their addresses, over updates. */
export interface OutlierEjection {
  readonly events: Events<EjectionEvents>;
  of(address: string): CallRecord;
  /** A call to it has ended with this gRPC status number. */
  record(record: CallRecord, code: number): void;
  forget(address: string): void;
  /** Undefined: nobody is ejected from now on, and who is comes back. */
  configure(options: EjectionOptions | undefined): void;
  close(): void;
}

/**
 * Failures that are the endpoint's, or the way's to it. Not among them: what the caller did wrong or gave up (CANCELLED),
 * RESOURCE_EXHAUSTED (who sheds load is busy, and to eject it makes the others so), UNIMPLEMENTED (its other methods work).
 */
const FAILURES: ReadonlySet<number> = new Set([
  STATUS_CODES.UNKNOWN,
  STATUS_CODES.DEADLINE_EXCEEDED,
  STATUS_CODES.INTERNAL,
  STATUS_CODES.UNAVAILABLE,
  STATUS_CODES.DATA_LOSS,
]);

/** `peers`: the addresses that calls could go to if nobody were ejected, asked when somebody is to be. */
export function createOutlierEjection(
  initial: EjectionOptions | undefined,
  { clock, peers }: { readonly clock: Clock; readonly peers: () => readonly string[] },
): OutlierEjection {
  const events = createEmitter<EjectionEvents>();
  const records = new Map<string, CallRecord>();
  let options = initial;
  let timer: Timer | undefined;
  let isClosed = false;

  const of = (address: string): CallRecord => {
    const known = records.get(address);
    if (known !== undefined) return known;
    const made = { address, successes: 0, failures: 0, streak: 0, multiplier: 0, ejectedUntilMs: undefined };
    records.set(address, made);
    return made;
  };

  const eject = (record: CallRecord, reason: EjectionReason, { baseMs, maxMs, maxEjected }: EjectionOptions) => {
    const all = peers().map(of);
    const usual = all.filter(isUsual);
    if (!usual.includes(record) || usual.length < 2) return;
    if (all.length - usual.length + 1 > Math.floor(all.length * maxEjected)) return;
    record.multiplier++;
    const forMs = Math.min(baseMs * record.multiplier, Math.max(baseMs, maxMs));
    record.ejectedUntilMs = clock.monotonicMs() + forMs;
    events.emit('ejected', { address: record.address, reason, forMs });
  };

  const uneject = (record: CallRecord, streak: number) => {
    record.ejectedUntilMs = undefined;
    record.streak = streak;
    events.emit('unejected', { address: record.address });
  };

  const onFailure = (record: CallRecord, rules: EjectionOptions) => {
    record.failures++;
    if (++record.streak < rules.consecutiveFailures || !isUsual(record)) return;
    // When everybody fails, nobody is an outlier: the fault is behind them all.
    const somebodyAnswers = peers()
      .map(of)
      .some((peer) => peer !== record && isUsual(peer) && peer.streak === 0);
    if (somebodyAnswers) eject(record, 'consecutive failures', rules);
  };

  const judge = (rules: EjectionOptions) => {
    const usual = peers().map(of).filter(isUsual);
    const tallies = new Map(usual.map((record) => [record.address, record]));
    for (const { address, reason } of outliersOf(tallies, rules)) eject(of(address), reason, rules);
  };

  const tick = () => {
    timer = undefined;
    if (options === undefined) return;
    judge(options);
    const nowMs = clock.monotonicMs();
    let isQuiet = true;
    for (const record of records.values()) {
      if (record.ejectedUntilMs !== undefined && record.ejectedUntilMs <= nowMs) {
        uneject(record, options.consecutiveFailures - 1); // on probation: its next failure is one too many
      } else if (isUsual(record) && record.successes > 0) {
        record.multiplier = Math.max(0, record.multiplier - 1);
      }
      if (record.successes + record.failures > 0 || !isUsual(record)) isQuiet = false;
      record.successes = 0;
      record.failures = 0;
    }
    if (!isQuiet) arm();
  };

  /** Runs from the first call to the first interval in which nothing happens. */
  const arm = () => {
    if (timer === undefined && options !== undefined && !isClosed) timer = clock.setTimer(options.intervalMs, tick);
  };

  return {
    events,
    of,
    record(record, code) {
      if (options === undefined || code === STATUS_CODES.CANCELLED) return;
      if (FAILURES.has(code)) onFailure(record, options);
      else {
        record.successes++;
        record.streak = 0;
      }
      arm();
    },
    forget: (address) => void records.delete(address),
    configure(next) {
      options = next;
      timer?.cancel();
      timer = undefined;
      if (next !== undefined) return arm();
      for (const record of records.values()) if (!isUsual(record)) uneject(record, 0);
    },
    close() {
      isClosed = true;
      timer?.cancel();
      timer = undefined;
    },
  };
}

function isUsual({ ejectedUntilMs }: CallRecord): boolean {
  return ejectedUntilMs === undefined;
}
