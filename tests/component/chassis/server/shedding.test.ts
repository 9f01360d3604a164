import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';
import { Metadata, type CallOptions } from 'nice-grpc';

import type { AppError, Priority } from '../../../../src/chassis/core/index.ts';
import { fromStatusDetails } from '../../../../src/chassis/errors/index.ts';
import type { ServerOptions } from '../../../../src/chassis/server/index.ts';
import { DEFAULT_SHEDDING, type LoadSampler } from '../../../../src/chassis/shedding/index.ts';
import { TRANSPORTS, serveOver, type Handlers, type Serving } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

/** A processor whose work waits a quarter of a second. How a real one is measured: tests/bench/overload. */
const OVERLOADED: LoadSampler = { sample: () => ({ utilisation: 1, delayMs: 250 }), close: () => undefined };

const HANDLERS: Handlers = {
  user: {
    getUser: async () => ({}),
    async *exportUsers() {
      yield {};
    },
  },
};

interface Outcome {
  readonly priority: Priority;
  /** Undefined: it was served. */
  readonly error: AppError | undefined;
  readonly pushback: string | undefined;
}

/**
 * Calls until load has been shed, and a hundred more; every fourth is critical. A machine that stands still for a moment is
 * taken for callers that have become fewer, and then nobody is refused yet.
 */
async function overload({ users }: Serving): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const round = async () => {
    const calls = Array.from({ length: 100 }, (_, n) => {
      const priority = n % 4 === 0 ? 'critical' : 'sheddable';
      return call((options) => users.getUser({ userId: ID }, options), priority, `${outcomes.length}.${n}`);
    });
    outcomes.push(...(await Promise.all(calls)));
  };
  for (let n = 0; n < 100 && outcomes.filter(({ error }) => error !== undefined).length <= 20; n++) {
    await round();
    await sleep(20); // a window ends when calls come a tenth of a second after it began
  }
  await round();
  return outcomes;
}

function refusedPart(outcomes: readonly Outcome[], of: Priority): number {
  const ofIt = outcomes.filter(({ priority }) => priority === of);
  return ofIt.filter(({ error }) => error !== undefined).length / ofIt.length;
}

async function call(
  ask: (options: CallOptions) => Promise<unknown>,
  priority: Priority,
  callId: string,
): Promise<Outcome> {
  let trailer: Metadata | undefined;
  const metadata = Metadata({ 'x-tradewind-priority': priority, 'x-tradewind-call-id': callId });
  try {
    await ask({ metadata, onTrailer: (received) => (trailer = received) });
    return { priority, error: undefined, pushback: undefined };
  } catch (thrown) {
    const { code, details: message } = thrown as { readonly code: number; readonly details: string };
    const error = fromStatusDetails(trailer?.get('grpc-status-details-bin'), { code, message });
    return { priority, error, pushback: trailer?.get('grpc-retry-pushback-ms') };
  }
}

describe.each(TRANSPORTS)('a server under more load than it stands, over the %s transport', (transport) => {
  const serve = (options: Partial<ServerOptions> = {}) =>
    serveOver(transport, HANDLERS, { shedding: DEFAULT_SHEDDING, load: OVERLOADED, ...options });

  it('refuses what is least important, unseen, and tells when to come back', async () => {
    await using serving = await serve();
    const started: string[] = [];
    const shed: Priority[] = [];
    serving.server.events.on('started', ({ call: { callId } }) => started.push(callId));
    serving.server.events.on('shed', ({ method, priority }) => {
      expect(method).toBe('/tradewind.user.v1.UserService/GetUser');
      shed.push(priority);
    });

    const outcomes = await overload(serving);

    const refused = outcomes.filter(({ error }) => error !== undefined);
    expect(refused.length).toBeGreaterThan(20);
    expect(refusedPart(outcomes, 'sheddable')).toBeGreaterThan(refusedPart(outcomes, 'critical'));
    expect(shed).toHaveLength(refused.length);
    expect(started).toHaveLength(outcomes.length - refused.length);
    for (const { error, pushback, priority } of refused) {
      expect(error).toMatchObject({ status: 'UNAVAILABLE', reason: 'OVERLOADED', domain: 'user.tradewind' });
      expect(error?.details).toEqual([{ kind: 'retryInfo', retryDelayMs: expect.any(Number) }]);
      if (priority === 'sheddable') expect(pushback).toBe('-1'); // nobody is to browse again at once
    }
    const { state, shed: counted } = serving.server.shedder.status;
    expect([state, counted.critical + counted.sheddable]).toEqual(['shedding', refused.length]);
  });

  it('lets callers of what matters come back after a while', async () => {
    await using serving = await serve();
    await overload(serving);
    const { users } = serving;
    const pushbacks: (string | undefined)[] = [];
    for (let n = 0; n < 100 && pushbacks.length === 0; n++) {
      // Many at a time: one after the other are so few on a slow machine that all of them are served.
      const calls = Array.from({ length: 100 }, (_, m) =>
        call((options) => users.getUser({ userId: ID }, options), 'critical', `checkout-${n}.${m}`),
      );
      const refused = (await Promise.all(calls)).filter(({ error }) => error !== undefined);
      pushbacks.push(...refused.map(({ pushback }) => pushback));
      await sleep(20);
    }
    expect(Number(pushbacks[0])).toBeGreaterThanOrEqual(100);
  });

  it('refuses before the token is looked at and the request is read', async () => {
    let verified = 0;
    const verify = async () => {
      verified += 1;
      return { userId: ID, roles: [] };
    };
    await using serving = await serve({ verify });
    await overload(serving);
    const { users } = serving;
    const authorized = (options: CallOptions) =>
      users.getUser(
        { userId: 'no id' },
        { ...options, metadata: Metadata(options.metadata).set('authorization', 'Bearer t') },
      );

    let refused = 0;
    let sent = 0;
    for (; sent < 4_000 && refused <= 5; sent += 40) {
      const calls = Array.from({ length: 40 }, (_, n) => call(authorized, 'sheddable', `bad-${sent + n}`));
      const reasons = (await Promise.all(calls)).map(({ error }) => error?.reason);
      refused += reasons.filter((reason) => reason === 'OVERLOADED').length;
    }
    expect(refused).toBeGreaterThan(5);
    expect(verified).toBe(sent - refused);
  });

  it('refuses streams as it does other calls, and goes on answering health', async () => {
    await using serving = await serve();
    await overload(serving);
    const stream = async (options: CallOptions) => {
      for await (const { user } of serving.users.exportUsers({}, options)) expect(user).toBeUndefined();
    };

    const reasons = new Set<string | undefined>();
    for (let n = 0; n < 20 && !reasons.has('OVERLOADED'); n++) {
      const streams = Array.from({ length: 100 }, (_, m) => call(stream, 'sheddable', `stream-${n}-${m}`));
      for (const { error } of await Promise.all(streams)) reasons.add(error?.reason);
    }

    expect(reasons).toContain('OVERLOADED');
    for (let n = 0; n < 40; n++) expect(await serving.health.check({ service: '' })).toMatchObject({ status: 1 });
  });

  it('keeps the connection, however many it refuses on it', async () => {
    await using serving = await serve();
    await overload(serving);
    const { users } = serving;
    for (let n = 0; n < 30; n++) {
      const ask = (options: CallOptions) => users.getUser({ userId: ID }, options);
      const calls = Array.from({ length: 100 }, (_, m) => call(ask, 'sheddable', `${n}-${m}`));
      const reasons = new Set((await Promise.all(calls)).map(({ error }) => error?.reason));
      expect([...reasons].filter((reason) => reason !== undefined && reason !== 'OVERLOADED')).toEqual([]);
    }
  });

  it('lets everybody in where shedding is off, also when that is said while it runs', async () => {
    await using serving = await serve();
    await overload(serving);
    serving.server.shedder.configure(false);
    const { users } = serving;
    const calls = Array.from({ length: 50 }, (_, n) =>
      call((options) => users.getUser({ userId: ID }, options), 'sheddable', `off-${n}`),
    );
    expect((await Promise.all(calls)).map(({ error }) => error)).toEqual(Array(50).fill(undefined));
  });
});
