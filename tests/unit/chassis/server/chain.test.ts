import { describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc-common';

import { NOBODY } from '../../../../src/chassis/contract/index.ts';
import { AppError, createEmitter, currentCall, systemClock } from '../../../../src/chassis/core/index.ts';
import { fromStatusDetails } from '../../../../src/chassis/errors/index.ts';
import {
  HandlerContext,
  ServerCall,
  createCallLimits,
  createInFlight,
  createStreamingChain,
  createUnaryChain,
  type ServedMethod,
  type ServerCallEvents,
  type ServerPart,
  type SingleResponseHandler,
} from '../../../../src/chassis/middleware/server/index.ts';
import { createChains } from '../../../../src/chassis/server/chain.ts';
import { SERVER_MIDDLEWARE } from '../../../../src/chassis/server/index.ts';
import type { IncomingUnary, UnaryAnswer } from '../../../../src/chassis/transport/index.ts';

const METHOD: ServedMethod = {
  path: '/tradewind.test.v1.TestService/Get',
  kind: 'unary',
  requestStream: false,
  access: 'public',
  priority: 'normal',
  callers: NOBODY,
  validate: undefined,
};

function incoming(): IncomingUnary {
  return {
    path: METHOD.path,
    headers: {
      callId: 'c-1',
      ...{ timeoutMs: undefined, isRetry: false, authorization: undefined },
      ...{ traceparent: undefined, tracestate: undefined, metadata: undefined },
    },
    deadlineMs: undefined,
    peer: '127.0.0.1:1',
    caller: undefined,
    transport: 'plain',
    malformedHeader: undefined,
    onCancel: undefined,
  };
}

/** Parts that write down when they are entered and left. */
function logging(log: string[], names: readonly string[]): ServerPart[] {
  return names.map((name) => ({
    enter: () => void log.push(`> ${name}`),
    check: (_call, message) => void log.push(`? ${name} ${String(message)}`),
    leave: ({ status }) => void log.push(`< ${name} ${status}`),
  }));
}

const chainOf = (parts: readonly ServerPart[], handler: SingleResponseHandler) =>
  createUnaryChain(METHOD, handler, { parts, domain: 'test.tradewind', newId: () => 'new' });

function errorIn(answer: UnaryAnswer): AppError {
  if (answer.kind === 'reply') throw new Error('the call succeeded');
  const details = answer.trailer?.get('grpc-status-details-bin');
  return fromStatusDetails(details as Uint8Array, answer);
}

describe('SERVER_MIDDLEWARE', () => {
  it('names the parts of both chains, outermost first', () => {
    expect(Object.keys(SERVER_MIDDLEWARE)).toEqual([
      'inFlight',
      'limits',
      'tracing',
      'callEvents',
      'wire',
      'deadline',
      'callers',
      'authentication',
      'access',
      'validation',
    ]);
  });

  it('gives health and reflection their place among the calls in flight, and nothing else', async () => {
    const inFlight = createInFlight();
    const events = createEmitter<ServerCallEvents>();
    const never = () => {
      throw new Error('not for infrastructure');
    };
    const chains = createChains({
      ...{ inFlight, events, clock: systemClock, verify: never },
      callLimits: createCallLimits(events, systemClock),
      tracing: { client: never, server: never },
    });

    expect(chains('infrastructure')).toHaveLength(1);
    expect(chains('stream')).toBe(chains('unary'));
  });
});

describe('createUnaryChain', () => {
  it('enters the parts in order, checks the request, and leaves them in reverse with the outcome', async () => {
    const log: string[] = [];
    const serve = chainOf(logging(log, ['a', 'b']), async (request) => {
      log.push(`handler of ${currentCall()?.callId}`);
      return `${String(request)}!`;
    });

    await expect(serve('x', incoming())).resolves.toMatchObject({ kind: 'reply', response: 'x!' });

    expect(log).toEqual(['> a', '> b', '? a x', '? b x', 'handler of c-1', '< b OK', '< a OK']);
  });

  it('leaves only what it has entered when a part refuses the call', async () => {
    const log: string[] = [];
    const refusing: ServerPart = {
      enter() {
        throw new AppError({ status: 'PERMISSION_DENIED', reason: 'NO', message: 'no' });
      },
      leave: () => void log.push('left what was never entered'),
    };
    const [outer, inner] = logging(log, ['outer', 'inner']);
    const serve = chainOf([outer!, refusing, inner!], () => log.push('handler'));

    const answer = await serve('x', incoming());

    expect(errorIn(answer)).toMatchObject({ status: 'PERMISSION_DENIED', reason: 'NO', domain: 'test.tradewind' });
    expect(log).toEqual(['> outer', '< outer PERMISSION_DENIED']);
  });

  it('refuses calls while draining as unprocessed, and does not say so of those it ends', async () => {
    const inFlight = createInFlight();
    const handled: unknown[] = [];
    const never = new Promise(() => undefined);
    const serve = chainOf([inFlight.part], (request) => {
      handled.push(request);
      return never;
    });
    const begun = serve('begun', incoming());

    inFlight.refuse();
    const refused = await serve('late', incoming());
    inFlight.end('unary');

    const draining = { status: 'UNAVAILABLE', reason: 'SERVER_DRAINING', details: [{ kind: 'retryInfo' }] };
    expect(errorIn(refused)).toMatchObject(draining);
    expect(errorIn(await begun)).toMatchObject(draining);
    expect(refused).toMatchObject({ isUnprocessed: true });
    expect(await begun).toMatchObject({ isUnprocessed: false });
    expect(handled).toEqual(['begun']);
    expect(inFlight.count).toBe(0);
  });

  it('answers a call that is given up at once, and counts it in flight until its handler is done', async () => {
    const inFlight = createInFlight();
    const done = Promise.withResolvers<void>();
    const serve = chainOf([inFlight.part], () => done.promise);
    const call = incoming();
    const answer = serve('x', call);

    call.onCancel?.('cancelled');

    expect(errorIn(await answer).status).toBe('CANCELLED');
    expect(inFlight.count).toBe(1);
    const idle = inFlight.idle();
    done.resolve();
    await idle;
    expect(inFlight.count).toBe(0);
  });

  it('ends a call that waits for one of its parts', async () => {
    const serve = chainOf([{ enter: () => new Promise(() => undefined) }], () => 'never');
    const call = incoming();
    const answer = serve('x', call);

    call.onCancel?.('deadline');

    expect(errorIn(await answer)).toMatchObject({ status: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });
  });

  it('fails a call whose request stream holds a refused message, even when its handler passes over it', async () => {
    const refusing: ServerPart = {
      check(_call, message) {
        if (message === 'bad') throw new AppError({ status: 'INVALID_ARGUMENT', reason: 'BAD', message: 'bad' });
      },
    };
    const seen: unknown[] = [];
    const serve = createUnaryChain(
      { ...METHOD, requestStream: true },
      async (requests) => {
        try {
          for await (const request of requests as AsyncIterable<unknown>) seen.push(request);
        } catch {
          // a handler that does not care
        }
      },
      { parts: [refusing], domain: 'test.tradewind', newId: () => 'new' },
    );
    async function* requests() {
      yield* ['good', 'bad', 'good'];
    }

    const answer = await serve(requests(), incoming());

    expect(errorIn(answer)).toMatchObject({ status: 'INVALID_ARGUMENT', reason: 'BAD' });
    expect(seen).toEqual(['good']);
  });

  it('answers INTERNAL to what is no AppError, thrown before the first wait or after', async () => {
    for (const handler of [
      () => {
        throw new Error('at once');
      },
      () => Promise.reject(new Error('later')),
    ]) {
      const answer = await chainOf([], handler)('x', incoming());
      expect(errorIn(answer)).toMatchObject({ status: 'INTERNAL', message: 'internal error' });
    }
  });
});

describe('createStreamingChain', () => {
  const run = (parts: readonly ServerPart[], handler: () => AsyncIterable<unknown>) => {
    const call = new ServerCall({ ...METHOD, kind: 'stream' }, incoming(), () => 'new');
    const responses = createStreamingChain(handler, { parts })(call, 'x', new HandlerContext(call));
    return { call, responses };
  };

  it('goes through the same parts in the same order', async () => {
    const log: string[] = [];
    const { responses } = run(logging(log, ['a', 'b']), async function* () {
      log.push('handler');
      yield 1;
    });

    for await (const message of responses) log.push(`message ${String(message)}`);

    expect(log).toEqual(['> a', '> b', '? a x', '? b x', 'handler', 'message 1', '< b OK', '< a OK']);
  });

  it('is left CANCELLED by a reader that stops', async () => {
    const log: string[] = [];
    const { responses } = run(logging(log, ['a']), async function* () {
      yield 1;
      yield 2;
    });

    for await (const _ of responses) break;

    expect(log.at(-1)).toBe('< a CANCELLED');
  });

  it('counts as in flight until a handler that was ended has cleaned up', async () => {
    const inFlight = createInFlight();
    const cleanedUp = Promise.withResolvers<void>();
    const { call, responses } = run([inFlight.part], async function* () {
      try {
        yield 1;
      } finally {
        await cleanedUp.promise;
      }
    });
    const iterator = responses[Symbol.asyncIterator]();
    await iterator.next();

    call.end(new AppError({ status: 'CANCELLED', reason: 'CANCELLED', message: 'gone' }));

    await expect(iterator.next()).rejects.toMatchObject({ status: 'CANCELLED' });
    expect(inFlight.count).toBe(1);
    cleanedUp.resolve();
    await inFlight.idle();
    expect(inFlight.count).toBe(0);
  });
});

describe('HandlerContext', () => {
  it('has nothing to answer with when its handler set nothing', () => {
    const context = new HandlerContext(new ServerCall(METHOD, incoming(), () => 'new'));

    expect(context.answered).toEqual({ header: undefined, trailer: undefined });
  });

  it('puts what the transport read back among the metadata', () => {
    const call = incoming();
    const headers = { ...call.headers, authorization: 'Bearer t', metadata: Metadata({ 'x-own': 'o' }) };
    const { metadata } = new HandlerContext(new ServerCall(METHOD, { ...call, headers }, () => 'new'));

    expect([...metadata].map(([name]) => name).sort()).toEqual(['authorization', 'x-own', 'x-tradewind-call-id']);
  });
});

describe('ServerCall', () => {
  const end = new AppError({ status: 'CANCELLED', reason: 'CANCELLED', message: 'gone' });

  it('has a signal that fires when the call is ended, whenever it is asked for', () => {
    const early = new ServerCall(METHOD, incoming(), () => 'new');
    const { signal } = early;
    early.end(end);
    const late = new ServerCall(METHOD, incoming(), () => 'new');
    late.end(end);

    expect(signal.reason).toBe(end);
    expect(late.signal.reason).toBe(end);
    expect(late.signal).toBe(late.signal);
  });

  it('is not ended any more once it has an outcome', () => {
    const call = new ServerCall(METHOD, incoming(), () => 'new');
    call.settle('OK', undefined);
    call.end(end);

    expect(call.signal.aborted).toBe(false);
    expect(call.endedBy).toBeUndefined();
  });
});
