import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';
import { Metadata, type CallOptions } from 'nice-grpc';

import type { AppError, Priority } from '../../../../src/chassis/core/index.ts';
import { fromStatusDetails } from '../../../../src/chassis/errors/index.ts';
import { TRANSPORTS, serveOver, type Serving } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const OPTIONS = { targetDelayMs: 40, minUtilisation: 0.5 };
const WORK_MS = 5;

/** Keeps the processor busy, as work does. */
function work(): void {
  const endMs = performance.now() + WORK_MS;
  while (performance.now() < endMs);
}

interface Outcome {
  readonly priority: Priority;
  /** Undefined: it was served. */
  readonly error: AppError | undefined;
  readonly pushback: string | undefined;
}

/** Asks for twice what one processor can do, for so many rounds of 20 calls, half of them critical. */
async function overload({ users }: Serving, rounds: number): Promise<Outcome[]> {
  const outcomes: Promise<Outcome>[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let n = 0; n < 20; n++) {
      const priority = n % 4 === 0 ? 'critical' : 'sheddable';
      outcomes.push(call((options) => users.getUser({ userId: ID }, options), priority, `${round}.${n}`));
    }
    await sleep(50);
  }
  return Promise.all(outcomes);
}

function servedPart(outcomes: readonly Outcome[], of: Priority): number {
  const ofIt = outcomes.filter(({ priority }) => priority === of);
  return ofIt.filter(({ error }) => error === undefined).length / ofIt.length;
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
  it('refuses what is least important, cheaply and unseen, and tells when to come back', async () => {
    let served = 0;
    let verified = 0;
    await using serving = await serveOver(
      transport,
      {
        user: {
          async getUser() {
            served += 1;
            work();
            return {};
          },
        },
      },
      {
        shedding: OPTIONS,
        async verify() {
          verified += 1;
          return { userId: ID, roles: [] };
        },
      },
    );
    const started: string[] = [];
    const shed: Priority[] = [];
    serving.server.events.on('started', ({ call: { callId } }) => started.push(callId));
    serving.server.events.on('shed', ({ priority }) => shed.push(priority));

    const outcomes = await overload(serving, 40);

    const refused = outcomes.filter(({ error }) => error !== undefined);
    expect(refused.length).toBeGreaterThan(100);
    expect(served).toBe(outcomes.length - refused.length);
    expect([started.length, shed.length, verified]).toEqual([served, refused.length, 0]);
    expect(servedPart(outcomes, 'critical')).toBeGreaterThan(2 * servedPart(outcomes, 'sheddable'));
    for (const { error, pushback, priority } of refused) {
      expect(error).toMatchObject({ status: 'UNAVAILABLE', reason: 'OVERLOADED', domain: 'user.tradewind' });
      expect(error?.details).toEqual([{ kind: 'retryInfo', retryDelayMs: expect.any(Number) }]);
      if (priority === 'sheddable') expect(pushback).toBe('-1');
      else expect(Number(pushback)).toBeGreaterThan(0);
    }
    expect(serving.server.shedder.status).toMatchObject({ state: 'shedding' });
  });

  it('answers health meanwhile, and streams like other calls', async () => {
    await using serving = await serveOver(
      transport,
      {
        user: {
          async getUser() {
            work();
            return {};
          },
          async *exportUsers() {
            yield {};
          },
        },
      },
      { shedding: OPTIONS },
    );
    const load = overload(serving, 30);
    await sleep(1_000);

    for (let n = 0; n < 10; n++) expect(await serving.health.check({ service: '' })).toMatchObject({ status: 1 });
    const stream = async (options: CallOptions) => {
      for await (const { user } of serving.users.exportUsers({}, options)) expect(user).toBeUndefined();
    };
    const streams = Array.from({ length: 30 }, (_, n) => call(stream, 'sheddable', `stream-${n}`));
    const reasons = (await Promise.all(streams)).map(({ error }) => error?.reason);
    expect(reasons).toContain('OVERLOADED');
    await load;
  });

  it('lets everybody in where shedding is off', async () => {
    await using serving = await serveOver(
      transport,
      {
        user: {
          async getUser() {
            work();
            return {};
          },
        },
      },
      { shedding: false },
    );
    const outcomes = await overload(serving, 12);
    expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([]);
  });
});
