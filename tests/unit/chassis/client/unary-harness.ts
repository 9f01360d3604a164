import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Status } from 'nice-grpc';

import type { Balancer, Picker } from '../../../../src/chassis/balancer/index.ts';
import type { Subchannel, TrackedCall } from '../../../../src/chassis/channel/index.ts';
import { createTargetCalling } from '../../../../src/chassis/client/target-calling.ts';
import { createUnaryMethod } from '../../../../src/chassis/client/unary-method.ts';
import {
  backgroundCall,
  createDeadlineWheel,
  createEmitter,
  systemRandom,
  type CallContext,
  type Random,
} from '../../../../src/chassis/core/index.ts';
import {
  DEFAULT_CALLING,
  DEFAULT_DEADLINE,
  DEFAULT_RETRY_CONFIG,
  createRetries,
  type CallingConfig,
  type ClientCallEvents,
} from '../../../../src/chassis/middleware/client/index.ts';
import { createCallTracer } from '../../../../src/chassis/tracing/index.ts';
import type { UnaryAttempt, UnaryOutcome } from '../../../../src/chassis/transport/index.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

export const METHOD = '/tradewind.test.v1.EchoService/Read';
export const REPLY: UnaryOutcome = { kind: 'reply', response: 'answer', header: undefined, trailer: undefined };
export const UNPROCESSED = failure(Status.UNAVAILABLE, { isUnprocessed: true });

export function failure(
  code: Status,
  more: Partial<Extract<UnaryOutcome, { kind: 'failure' }>> = {},
): Extract<UnaryOutcome, { kind: 'failure' }> {
  return { kind: 'failure', code, message: 'not now', trailer: undefined, isUnprocessed: false, ...more };
}

/** What a method under test is made with; everything has a plain default. */
export interface UnarySetUp {
  /** What the n-th endpoint answers at once; undefined: it does not answer. */
  readonly answer?: (endpoint: number) => UnaryOutcome | undefined;
  readonly idempotency?: 'IDEMPOTENT' | 'NO_SIDE_EFFECTS' | undefined;
  readonly budgetCapacity?: number;
  readonly picker?: Picker;
  readonly config?: Partial<CallingConfig>;
  /** Taken in turn; an attempt avoids the one before it where there is another. */
  readonly endpoints?: number;
  readonly random?: Random;
}

const EVENTS = ['callRejected', 'retriesStopped', 'hedged', 'hedgeWon', 'fallbackUsed'] as const;

/** A method over endpoints whose transports answer what the test says, on a clock that the test moves. */
export function setUp({
  answer = () => REPLY,
  idempotency,
  budgetCapacity = 10,
  picker,
  config = {},
  endpoints = 1,
  random = systemRandom,
}: UnarySetUp = {}) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const clock = createManualClock();
  clock.advance(1_000);
  const attempts: UnaryAttempt[] = [];
  const sentTo: string[] = [];
  const cancelled: UnaryAttempt[] = [];
  const ended: ClientCallEvents['callEnded'][] = [];
  const told: string[] = [];
  const endedCodes: number[] = [];
  const inFlight = new Set<TrackedCall>();
  const subchannels = Array.from({ length: endpoints }, (_, index) => {
    const subchannel: Subchannel = {
      address: `10.0.0.${index + 1}:1`,
      unary: {
        name: 'plain',
        start(attempt) {
          attempts.push(attempt);
          sentTo.push(subchannel.address);
          const outcome = answer(index);
          if (outcome !== undefined) queueMicrotask(() => attempt.done(outcome));
        },
        cancel(attempt) {
          cancelled.push(attempt);
          attempt.done(failure(Status.CANCELLED));
        },
      },
      begin: (call) => void inFlight.add(call),
      end: (call) => void inFlight.delete(call),
    } satisfies Partial<Subchannel> as Partial<Subchannel> as Subchannel; // what a call touches of it
    return subchannel;
  });
  const events = createEmitter<ClientCallEvents>();
  events.on('callEnded', (event) => ended.push(event));
  for (const name of EVENTS) {
    events.on(name, (event) => {
      const detail = 'by' in event ? ` ${event.by}` : 'why' in event ? ` ${event.why}` : '';
      told.push(`${name}${detail}`);
    });
  }
  const balancerEvents = createEmitter<{ picker: object }>();
  let turn = 0;
  const pick: Picker = {
    pick({ avoid }) {
      const next = subchannels[turn++ % endpoints]!;
      const subchannel = next === avoid && endpoints > 1 ? subchannels[turn++ % endpoints]! : next;
      return { kind: 'picked', subchannel, onEnd: (code) => void endedCodes.push(code) };
    },
  };
  const balancer = { picker: picker ?? pick, events: balancerEvents } as unknown as Balancer; // what a call reads of it
  const retry = {
    ...DEFAULT_RETRY_CONFIG,
    backoff: { baseMs: 0, maxMs: 0 },
    budget: { ratio: 0, perSecond: 0, capacity: budgetCapacity },
  };
  const initial: CallingConfig = { ...DEFAULT_CALLING, retry, ...config };
  const calling = createTargetCalling('etcd:///echo', initial, { clock, random });
  const { budget } = calling;
  const call = createUnaryMethod({
    chain: {
      target: 'etcd:///echo',
      events,
      newId: () => 'made-up',
      deadline: DEFAULT_DEADLINE,
      deadlines: createDeadlineWheel(clock),
      calling,
      retries: createRetries({ budget, clock, random: systemRandom }),
      balancer,
      clock,
      tracing: createCallTracer({ tracer: provider.getTracer('test'), random: systemRandom }),
      encode: () => new Uint8Array(),
    },
    method: { path: METHOD, encodeRequest: () => new Uint8Array(), decodeResponse: () => undefined },
    descriptor: {
      path: METHOD,
      requestStream: false,
      responseStream: false,
      options: idempotency === undefined ? {} : { idempotencyLevel: idempotency },
    },
    defaults: {},
  });
  const usePicker = (next: Picker) => {
    Object.assign(balancer, { picker: next });
    balancerEvents.emit('picker', {});
  };
  return {
    ...{ call, calling, clock, attempts, sentTo, cancelled, ended, endedCodes, inFlight, budget, pick, usePicker },
    /** What was said beside the start and the end of calls, in order. */
    told,
    /** Takes effect with the next call. */
    configure: (next: Partial<CallingConfig>) => calling.configure({ ...initial, ...next }),
    spans: () => exporter.getFinishedSpans(),
  };
}

/** Answers with each of these, then with the last for ever. */
export function inTurn(...outcomes: readonly (UnaryOutcome | undefined)[]): () => UnaryOutcome | undefined {
  let next = 0;
  return () => outcomes[Math.min(next++, outcomes.length - 1)];
}

/** A call that is being served, as the calls made for it see it. */
export const within = (changes: Partial<CallContext>): CallContext => ({
  ...backgroundCall({ callId: 'theirs', job: 'job' }),
  ...changes,
});

/** Lets everything go on that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
