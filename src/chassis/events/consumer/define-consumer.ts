import { AppError, type BackoffOptions } from '../../core/index.ts';
import type { ConsumerContext, EventHandler, EventType, ReceivedEvent } from '../event.ts';

/** One type of event and what is done about it; made by `on`. */
export interface Reaction {
  readonly type: EventType<unknown>;
  readonly handle: EventHandler<unknown>;
}

/** Pairs a type with its handler, so that the two fit. */
export function on<Data>(type: EventType<Data>, handle: EventHandler<Data>): Reaction {
  return { type, handle: handle as EventHandler<unknown> }; // it is only called with what `type` has read
}

/**
 * Does what is to be done about many events at once, all in one transaction, in their order. What it returns is called once that is committed:
 * for work that follows and is found again, where the process ends before.
 */
export type BatchHandler<Data> = (
  events: readonly ReceivedEvent<Data>[],
  context: Omit<ConsumerContext, 'attempt'>,
) => Promise<void | AfterCommit>;

/** Begins what follows from effects that are committed; does not throw. */
export type AfterCommit = () => void;

/** How a consumer deals with what it is told. */
export interface ConsumerOptions {
  /** Names the group: whoever runs under this name shares its work. Never reused for another purpose: its positions are kept. */
  readonly name: string;
  /** The process whose events it reads. */
  readonly source: string;
  /** Event by event. Types without a reaction pass by. */
  readonly on?: readonly Reaction[];
  /** Instead of `on`: many at once, for what a single statement can do. */
  readonly many?: { readonly types: readonly EventType<unknown>[]; readonly handle: BatchHandler<never> };
  /** How often an event's handler is called before the event becomes a dead letter, the first time included; default 5. */
  readonly maxAttempts?: number;
  /** Waits between these; default up to 200 ms, growing to 30 s, with full jitter. */
  readonly backoff?: BackoffOptions;
  /** A handler that takes longer is told to stop and has failed, in milliseconds; default 10,000. */
  readonly timeoutMs?: number;
  /**
   * How long its transaction may stand still between two statements, in milliseconds; default: as long as a handler may take, and 5,000. Where handlers ask
   * nobody but the database STATEMENTS_ONLY_IDLE_MS does, and what a frozen process has locked is soon free again.
   */
  readonly idleMs?: number;
  /** At most so many events go in one transaction; default 256. */
  readonly maxBatch?: number;
  /** At most so many events are on their way to it; default 1,000. */
  readonly window?: number;
}

/** The defaults of ConsumerOptions. */
export const CONSUMER_DEFAULTS = {
  maxAttempts: 5,
  backoff: { baseMs: 200, maxMs: 30_000 },
  timeoutMs: 10_000,
  maxBatch: 256,
  window: 1_000,
} as const;

/** The `idleMs` of handlers that ask nobody but the database, in milliseconds: as in all its other transactions. */
export const STATEMENTS_ONLY_IDLE_MS = 2_500;

/** What a transaction may stand still beyond the time that its handler has, in milliseconds. */
const IDLE_MARGIN_MS = 5_000;

/** A consumer that was checked, not running. */
export interface ConsumerDefinition {
  readonly name: string;
  readonly source: string;
  readonly types: ReadonlyMap<string, EventType<unknown>>;
  readonly way:
    | { readonly kind: 'each'; readonly handlers: ReadonlyMap<string, EventHandler<unknown>> }
    | { readonly kind: 'many'; readonly handle: BatchHandler<unknown> };
  readonly maxAttempts: number;
  readonly backoff: BackoffOptions;
  readonly timeoutMs: number;
  readonly idleMs: number;
  readonly maxBatch: number;
  readonly window: number;
}

/**
 * Declares a consumer group. Throws where two reactions are for one type, or where there is nothing to do. Give it to `Wiring.consumers`, which runs
 * it in the database of the process.
 */
export function defineConsumer(options: ConsumerOptions): ConsumerDefinition {
  const { name, source, on: reactions, many, timeoutMs = CONSUMER_DEFAULTS.timeoutMs } = options;
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a consumer`);
  const declared = reactions?.map(({ type }) => type) ?? many?.types ?? [];
  const types = new Map(declared.map((type) => [type.type, type]));
  if (types.size === 0) throw new Error(`consumer ${name} reacts to nothing`);
  if (types.size < declared.length) throw new Error(`consumer ${name} has two reactions to one type`);
  return {
    ...CONSUMER_DEFAULTS,
    ...withoutUndefined(options),
    ...{ name, source, types },
    idleMs: options.idleMs ?? timeoutMs + IDLE_MARGIN_MS,
    way:
      many === undefined
        ? { kind: 'each', handlers: new Map(reactions?.map(({ type, handle }) => [type.type, handle])) }
        : { kind: 'many', handle: many.handle as BatchHandler<unknown> }, // it is only called with what `types` have read
  };
}

function withoutUndefined({ maxAttempts, backoff, timeoutMs, maxBatch, window }: ConsumerOptions) {
  const given = Object.entries({ maxAttempts, backoff, timeoutMs, maxBatch, window });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Partial<typeof CONSUMER_DEFAULTS>;
}

/** Reads the data of an event as its type says. Throws INVALID_ARGUMENT (EVENT_UNREADABLE), which no second try mends. */
export function readData(type: EventType<unknown>, data: string): unknown {
  try {
    const json: unknown = JSON.parse(data);
    if (typeof json !== 'object' || json === null) throw new Error('not a JSON object');
    return type.read(json);
  } catch (cause) {
    throw new AppError({
      status: 'INVALID_ARGUMENT',
      reason: 'EVENT_UNREADABLE',
      message: `the data is no ${type.schema}: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}
