import type { AppError } from '../core/index.ts';
import type { EventType } from '../events/index.ts';

/** What is kept of events and steps for the steps to come: plain JSON. */
export type Brief = Readonly<Record<string, unknown>>;

/** Where a part stands at one subject. What was heard and said only grows, so it does not matter in which order it came. */
export interface PartState<Step extends string = string> {
  /** The types of the events heard so far. */
  readonly heard: ReadonlySet<string>;
  /** The type of the event that was told when a step was over, by step. */
  readonly said: Readonly<Partial<Record<Step, string>>>;
}

/** What is told when a step is over. */
export interface Announcement<Kept extends Brief> {
  /** "checkout-stock.held". */
  readonly type: string;
  /** The event's data, as the contract has it. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** For the steps to come. */
  readonly keep?: Partial<Kept>;
}

/** One thing a part can do: a command of its own process, which takes effect once under its key. */
export interface PartStep<Kept extends Brief> {
  /** Throws what the command throws: with a permanent status it is refused, with any other it is tried again. */
  run(context: StepContext<Kept>): Promise<Announcement<Kept>>;
  /** What is told when it is refused. Absent, or undefined: it must not be, and waits for an operator at once. */
  refused?(refusal: AppError, subject: string): Announcement<Kept> | undefined;
  /** After so many failed attempts it waits for an operator; default: never. */
  readonly maxAttempts?: number;
}

/** What a step is done with. */
export interface StepContext<Kept extends Brief> {
  /** "<subject>/<step>": the request_id of its command, the same at each attempt. */
  readonly key: string;
  readonly subject: string;
  /** What was kept by now. */
  readonly brief: Partial<Kept>;
  readonly signal: AbortSignal;
}

/** An event that a part listens to. */
export interface Heard {
  readonly type: EventType<unknown>;
  keep(data: unknown): Brief;
}

/** Names an event to listen to, and what of its data the steps will need. */
export function hear<Data>(type: EventType<Data>, keep: (data: Data) => Brief = () => ({})): Heard {
  return { type, keep: keep as Heard['keep'] }; // it is only called with what `type` has read
}

/**
 * What one process does in something that no process directs: it hears events, does one step at a time, and tells what came of it in events of
 * its own, in the order in which they happened, of an aggregate named after the part.
 */
export interface Part<Step extends string = string, Kept extends Brief = Brief> {
  /** "checkout"; the aggregate of its events. */
  readonly name: string;
  /** By publishing process. The id of their aggregate is the subject. */
  readonly hears: Readonly<Record<string, readonly Heard[]>>;
  /**
   * What is to be done, after all that was heard and said; undefined: nothing, for now. Pure. While a step is being done the answer may become
   * another one: the new step is begun at once, and what the old one leads to is not told.
   */
  next(state: PartState<Step>): Step | undefined;
  readonly steps: Readonly<Record<Step, PartStep<Kept>>>;
}
