import type { BackoffOptions } from '../core/index.ts';

/**
 * What a step may do to the saga. Compensatable steps come first and can be undone; at most one pivot decides: once it
 * succeeded the saga only goes forward; retriable steps come last and are tried until they succeed.
 */
export type StepKind = 'compensatable' | 'pivot' | 'retriable';

/** How often and how fast something is tried. */
export interface RetryPolicy extends BackoffOptions {
  /** Counts the first attempt. Ignored where giving up is not allowed: by the pivot and by retriable steps. */
  readonly maxAttempts: number;
}

/** What a step's code is given. */
export interface StepContext<Input, Outputs extends object> {
  readonly sagaId: string;
  /** "<saga id>/<step>": the request_id of each call that the step or its compensation makes, the same at each attempt. */
  readonly key: string;
  readonly input: Input;
  /** The output of an earlier step; INTERNAL (SAGA_OUTPUT_MISSING) when the step has none, because it was skipped or did not end. */
  output<Name extends keyof Outputs & string>(step: Name): Outputs[Name];
  /** Like output, for compensations: the step may never have ended. */
  outputIfAny<Name extends keyof Outputs & string>(step: Name): Outputs[Name] | undefined;
  /** 1 for the first. After a crash an attempt may be made again under its old number. */
  readonly attempt: number;
  /** Fires at the step's time-out, when the claim is lost, and when the worker stops for good. */
  readonly signal: AbortSignal;
}

/** One step as its author writes it. Outputs must survive JSON: no bigint, no Date. */
export interface StepOptions<Input, Outputs extends object> {
  /** Unique in the saga; kebab-case; part of the idempotency key, so never renamed within a version. */
  readonly name: string;
  readonly kind: StepKind;
  /** How long one attempt (of the step, or of its compensation) may take. Default: DEFAULT_STEP_TIMEOUT_MS. */
  readonly timeoutMs?: number;
  /** Default: DEFAULT_RETRY of the kind. */
  readonly retry?: Partial<RetryPolicy>;
  /** Default: DEFAULT_COMPENSATION_RETRY. When its attempts are used up the saga is parked. */
  readonly compensationRetry?: Partial<RetryPolicy>;
  /**
   * Does the step. An AppError's status decides what follows (see classify). It must be safe to do again with the same
   * key; a participant reached twice answers as it did the first time.
   */
  run(context: StepContext<Input, Outputs>): Promise<unknown>;
  /** Undoes the step, or makes sure that it never happens: a late original must be refused. */
  compensate?(context: StepContext<Input, Outputs>): Promise<void>;
  /**
   * True: its success is written at once, because somebody waits to see it. Default: it goes with the next write that the
   * saga waits for, at the latest SOFT_WRITE_MS later.
   */
  readonly announce?: boolean;
}

/** Steps that run at the same time, as one stage: all compensatable or all retriable. The next stage begins when all are done. */
export interface ParallelOptions<Input, Outputs extends object> {
  readonly parallel: readonly StepOptions<Input, Outputs>[];
}

/** One step, compiled: every option is there. */
export interface Step {
  readonly name: string;
  readonly kind: StepKind;
  /** The index of its stage's first step; steps of one stage follow each other. */
  readonly stage: number;
  readonly announce: boolean;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly compensationRetry: RetryPolicy;
  run(context: StepContext<never, never>): Promise<unknown>;
  readonly compensate: ((context: StepContext<never, never>) => Promise<void>) | undefined;
}

/** A saga as its author writes it. */
export interface SagaOptions<Input, Outputs extends object> {
  readonly name: string;
  /** Goes up with every change of steps, names or the meaning of outputs. Sagas end by the version that they started with. */
  readonly version: number;
  /** What log lines call the correlation key: "orderId". Default: "correlationKey". */
  readonly subject?: string;
  /** How long the saga may take before its pivot; past it the saga compensates with reason SAGA_TIMED_OUT. */
  readonly deadlineMs: number;
  readonly steps: readonly (StepOptions<Input, Outputs> | ParallelOptions<Input, Outputs>)[];
}

/** A validated, frozen saga. */
export interface SagaDefinition<Input = unknown> {
  readonly name: string;
  readonly version: number;
  readonly subject: string;
  readonly deadlineMs: number;
  /** Groups are laid flat: a group's steps stand beside each other and share their `stage`. */
  readonly steps: readonly Step[];
  /** Steps below this index can be undone. The pivot's place, or where one would stand. */
  readonly pivotIndex: number;
  /** Only a type. */
  readonly inputType?: Input;
}

/** An attempt's time-out where a step names none. */
export const DEFAULT_STEP_TIMEOUT_MS = 5_000;

/** No wait is longer: a participant that is back within two seconds finds its sagas going on within five of its death. */
const WAITS = { baseMs: 100, maxMs: 2_000 } as const;

/** How a step is tried again, where it does not say so itself. */
export const DEFAULT_RETRY: Readonly<Record<StepKind, RetryPolicy>> = {
  compensatable: { ...WAITS, maxAttempts: 6 },
  pivot: { ...WAITS, maxAttempts: Number.POSITIVE_INFINITY },
  retriable: { ...WAITS, maxAttempts: Number.POSITIVE_INFINITY },
};

/** How a compensation is tried again, where the step does not say so itself. */
export const DEFAULT_COMPENSATION_RETRY: RetryPolicy = { ...WAITS, maxAttempts: 20 };
