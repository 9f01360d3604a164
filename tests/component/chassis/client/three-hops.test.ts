import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { createEmbeddedEtcd, type EmbeddedEtcd } from '../../../../src/embedded/etcd/index.ts';
import { eventually } from '../../../support/eventually.ts';
import { startLayers, type Layer, type Layers } from '../../../support/layers/layers.ts';
import { TRANSPORTS } from '../../../support/transports.ts';

/** Breakers would stop what is counted here. */
const NO_BREAKER = { breaker: false } as const;
const LAYERS = ['front', 'middle', 'bottom'] as const;

describe.each(TRANSPORTS)('three processes that each try again what fails, called %s', (transport) => {
  let etcd: EmbeddedEtcd;
  let layers: Layers;
  const layer = (name: (typeof LAYERS)[number]): Layer => layers.of(name)[0]!; // one of each was started
  const arrivals = () => Promise.all(LAYERS.map(async (name) => (await layer(name).witness()).arrivals));
  const read = () => layers.client.read({ locale: 'test', message: 'x' });

  beforeAll(async () => {
    etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
    layers = await startLayers({
      etcd: etcd.address,
      transport,
      layers: LAYERS.map((name) => [name, 1] as const),
      configs: Object.fromEntries(LAYERS.map((name) => [name, NO_BREAKER])),
    });
  }, 60_000);
  afterAll(async () => {
    await layers[Symbol.asyncDispose]();
    await etcd.close();
  });
  beforeEach(async () => {
    for (const name of LAYERS) await layer(name).behave({ isDown: false, delayMs: 0 });
  });

  it('ask the bottom once for a call that it answers', async () => {
    expect((await read()).message).toBe('x');
    expect(await arrivals()).toEqual([1, 1, 1]);
  });

  it('ask the bottom three times for a call that it cannot answer, and not three times three times three', async () => {
    await layer('bottom').behave({ isDown: true });
    await expect(read()).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'DOWN', isRetried: true });
    expect(await arrivals()).toEqual([1, 1, 3]);
  });

  it('try again nowhere, once who stands on the bottom has spent its retries', async () => {
    await layers.configure('bottom', { ...NO_BREAKER, retry: { budget: { capacity: 0, perSecond: 0 } } });
    await layer('bottom').behave({ isDown: true });
    await eventually(async () => {
      for (const name of LAYERS) await layer(name).behave({});
      await expect(read()).rejects.toMatchObject({ reason: 'DOWN' });
      expect(await arrivals()).toEqual([1, 1, 1]);
    });
    await layers.configure('bottom', NO_BREAKER);
  });

  it('leave the next layer up what they were told not to try again themselves', async () => {
    await layers.configure('bottom', { ...NO_BREAKER, retry: false });
    await layer('bottom').behave({ isDown: true });
    await eventually(async () => {
      for (const name of LAYERS) await layer(name).behave({});
      await expect(read()).rejects.toMatchObject({ reason: 'DOWN' });
      expect(await arrivals()).toEqual([1, 3, 3]);
    });
    await layers.configure('bottom', NO_BREAKER);
  });

  it('pass on a refusal of the breaker in front of the bottom, and nobody sends the call after it', async () => {
    const breaker = { kind: 'classic', trip: { kind: 'streak', failures: 1 }, openMs: 60_000 } as const;
    await layers.configure('bottom', { breaker });
    await layer('bottom').behave({ isDown: true });
    await eventually(() => expect(read()).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'CIRCUIT_OPEN' }));
    for (const name of LAYERS) await layer(name).behave({});
    await expect(read()).rejects.toMatchObject({ reason: 'CIRCUIT_OPEN', isRetried: true });
    expect(await arrivals()).toEqual([1, 1, 0]);
    await layers.configure('bottom', NO_BREAKER);
  });
});
