import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createClientFactory, type ClientFactory } from '../../src/chassis/client/index.ts';
import { AppError } from '../../src/chassis/core/index.ts';
import { connectCounterClients, type CounterClients } from '../support/counter-clients.ts';
import { startCounterFleet, type CounterFleet } from '../support/counter-fleet.ts';
import { CounterServiceDefinition } from '../support/counter-service.ts';
import { eventually } from '../support/eventually.ts';
import { startEtcdProcess, type EtcdProcess } from '../support/fault-etcd.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { followForEver, type Followed } from './rows/follow.ts';

let etcd: EtcdProcess;
let fleet: CounterFleet;
let clients: CounterClients;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  etcd = await startEtcdProcess('embedded');
  fleet = await startCounterFleet({ etcd, size: 1 });
  clients = await connectCounterClients({ etcd: etcd.address, transport: 'plain' });
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await clients.close();
  await fleet[Symbol.asyncDispose]();
  await etcd[Symbol.asyncDispose]();
});

/** Follows until the test is over. */
function follow(over: Pick<CounterClients, 'client'> = clients): Followed {
  const followed = followForEver(over, seededRandom(1));
  closing.push(followed.end);
  return followed;
}

/** Waits for positions after those that have come; nothing may have been lost or come twice on the way. */
async function goesOn(stream: Followed): Promise<void> {
  const { last } = stream;
  const moved = () => expect(stream.last).toBeGreaterThan(last + 2n);
  await eventually(moved, { timeoutMs: 15_000 });
  expect({ disorder: stream.disorder, errors: stream.errors }).toEqual({ disorder: [], errors: [] });
}

/** The one replica that runs. */
function only() {
  const [replica] = fleet.running;
  if (replica === undefined) throw new Error('nobody runs');
  return replica;
}

describe('a server stream', () => {
  it('ends with UNAVAILABLE and what to do about it when its server drains', async () => {
    const stream = clients.client.follow({ locale: '20', message: '0' })[Symbol.asyncIterator]();
    await stream.next();

    const exit = only().terminate();
    const ending = (async () => {
      for (;;) await stream.next();
    })();

    const error = AppError.from(await ending.catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ status: 'UNAVAILABLE', reason: 'SERVER_DRAINING', domain: 'tradewind' });
    expect(error.details).toEqual([{ kind: 'retryInfo', retryDelayMs: 0 }]);
    await expect(exit).resolves.toMatchObject({ code: 0 });
  });
});

describe('resumable', () => {
  it('goes on at another replica when its own drains', async () => {
    const first = only();
    const stream = follow();
    await goesOn(stream);
    await fleet.add();

    await first.terminate();

    await goesOn(stream);
    expect(stream.opened).toBeGreaterThan(1);
  });

  it('goes on at another replica when its own is killed', async () => {
    const first = only();
    const stream = follow();
    await goesOn(stream);
    await fleet.add();

    await first.kill();

    await goesOn(stream);
  });

  it('goes on when the only replica is killed and started again', async () => {
    const stream = follow();
    await goesOn(stream);

    await only().kill();
    await fleet.add();

    await goesOn(stream);
  });

  it('goes on when its connection is cut or reset, and after it was held back', async () => {
    await using proxy = await startTcpProxy(only().address);
    const factory: ClientFactory = createClientFactory({ from: 'fault-test' });
    closing.push(() => factory.close());
    const stream = follow({ client: factory.client(CounterServiceDefinition, `static:///${proxy.address}`) });
    await goesOn(stream);

    proxy.cut();
    await goesOn(stream);
    await proxy.set({ kind: 'reset' });
    await proxy.set({ kind: 'none' });
    await goesOn(stream);
    await proxy.set({ kind: 'black hole' });
    const held = stream.last;
    await proxy.set({ kind: 'none' });
    await goesOn(stream);
    expect(stream.last).toBeGreaterThan(held);
    expect(stream.opened).toBeGreaterThan(2);
    for (const close of closing.splice(0).toReversed()) await close(); // before the proxy
  });
});
