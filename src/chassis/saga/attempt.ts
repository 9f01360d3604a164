import { AppError, raceAbort, runInCall, type Clock } from '../core/index.ts';
import type { SagaDefinition, Step, StepContext } from './definition.ts';
import type { ClaimedSaga, WorkingSaga } from './log.ts';
import { classify, toFailure, type Outcome } from './outcome.ts';
import { sagaCall } from './saga-call.ts';
import type { LiveState } from './state.ts';
import { traceStep, type StepSpan } from './trace-step.ts';

/** One attempt to make. */
export interface AttemptOptions {
  readonly step: Step;
  readonly definition: Pick<SagaDefinition, 'subject'>;
  readonly saga: Pick<WorkingSaga, 'id' | 'name' | 'correlationKey' | 'origin' | 'input' | 'outputs'>;
  /** The saga as it was claimed. */
  readonly claimed: Pick<ClaimedSaga, 'isFresh' | 'previousOwner'>;
  readonly state: LiveState;
  readonly timeoutMs: number;
  /** Ends the attempt without an outcome: the claim is lost, or the worker stops. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** The reason of an attempt that was cut off by its own time-out; the participant may yet carry it out. */
export const STEP_TIMED_OUT = 'STEP_TIMED_OUT';

/** Makes one attempt of the step, or of its compensation, and says how it ended. Rejects only when `signal` ended it. */
export async function attempt(options: AttemptOptions): Promise<Outcome> {
  const span = traceStep(options);
  try {
    const outcome = await makeAttempt(options, span);
    span?.end('failure' in outcome ? outcome.failure : undefined);
    return outcome;
  } catch (error) {
    span?.end(toFailure(AppError.from(error)));
    throw error;
  }
}

async function makeAttempt(options: AttemptOptions, span: StepSpan | undefined): Promise<Outcome> {
  const { step, saga, state, timeoutMs, signal, clock } = options;
  const work = state.kind === 'RUNNING' ? step.run : step.compensate;
  if (work === undefined) throw new Error(`step ${step.name} of saga ${saga.name} cannot be undone`);

  const timeout = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => timeout.abort());
  const ends = AbortSignal.any([signal, timeout.signal]);
  const job = `saga/${saga.name}/${step.name}`;
  const call = {
    ...sagaCall(saga, { job, subject: options.definition.subject, signal: ends, traceparent: span?.traceparent }),
    deadlineMs: clock.monotonicMs() + timeoutMs,
    // Clients retry quickly within a first attempt; after that the saga's own policy is the only one.
    isRetry: state.attempt > 1,
  };
  try {
    const context = createContext(saga, { step: step.name, attempt: state.attempt, signal: ends });
    const run = () => runInCall(call, () => raceAbort(work(context), ends));
    const output = await (span === undefined ? run() : span.within(run));
    return { kind: 'succeeded', output: asJson(output) };
  } catch (error) {
    if (signal.aborted) throw error;
    if (!timeout.signal.aborted) return classify(error);
    const failure = toFailure(
      new AppError({
        status: 'DEADLINE_EXCEEDED',
        reason: STEP_TIMED_OUT,
        message: `no answer within ${Math.round(timeoutMs)} ms`,
      }),
    );
    return { kind: 'unknown', failure, retryAfterMs: undefined };
  } finally {
    timer.cancel();
  }
}

/** As the log will give it back: a later step reads the same whether or not somebody took the saga over in between. */
function asJson(output: unknown): unknown {
  if (output === undefined || output === null) return null;
  const text = JSON.stringify(output);
  if (text.includes('\\u0000')) {
    throw new AppError({
      status: 'INTERNAL',
      reason: 'SAGA_OUTPUT_INVALID',
      message: 'the output holds a NUL character',
    });
  }
  return JSON.parse(text) as unknown;
}

/** The definition's types hold between a saga's start and its steps; in between everything is JSON. */
function createContext(
  saga: AttemptOptions['saga'],
  at: { readonly step: string; readonly attempt: number; readonly signal: AbortSignal },
): StepContext<never, never> {
  const outputIfAny = (step: string) => saga.outputs[step] as never;
  return {
    sagaId: saga.id,
    key: `${saga.id}/${at.step}`,
    input: saga.input as never,
    outputIfAny,
    output(step: string) {
      if (step in saga.outputs) return outputIfAny(step);
      throw new AppError({
        status: 'INTERNAL',
        reason: 'SAGA_OUTPUT_MISSING',
        message: `step ${at.step} needs the output of ${step}, which did not end or was skipped`,
      });
    },
    attempt: at.attempt,
    signal: at.signal,
  };
}
