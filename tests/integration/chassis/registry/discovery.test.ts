import { describe, expect, it } from '@jest/globals';

import { createClientFactory } from '../../../../src/chassis/client/index.ts';
import { newId, systemClock, systemRandom } from '../../../../src/chassis/core/index.ts';
import { createEtcdRegistry, type Instance } from '../../../../src/chassis/registry/index.ts';
import { startEchoServer } from '../../../support/echo-server.ts';
import { EchoServiceDefinition } from '../../../support/echo-service.ts';
import { eventually } from '../../../support/eventually.ts';
import { embeddedTestEtcd } from './etcd-servers.ts';

describe('a client of etcd:///<process>', () => {
  it('calls who registers, stops calling who leaves, and goes on when etcd is gone', async () => {
    await using etcd = await embeddedTestEtcd();
    await using one = await startEchoServer('one');
    await using two = await startEchoServer('two');
    await using registry = await createEtcdRegistry({
      endpoints: [etcd.endpoint],
      clock: systemClock,
      random: systemRandom,
      leaseTtlSeconds: 2,
    });
    await using factory = createClientFactory({ from: 'test', registry });
    const client = factory.client(EchoServiceDefinition, 'etcd:///echo');

    const early = client.write({ message: 'before anybody is there' });
    const first = registry.register(instance(one.address));
    expect((await early).locale).toBe('one');

    const second = registry.register(instance(two.address));
    await eventually(async () => expect((await client.write({ message: 'x' })).locale).toBe('two'));

    await first.close();
    await eventually(() => expect(factory.status()[0]?.endpoints.map(({ address }) => address)).toEqual([two.address]));
    for (let n = 0; n < 4; n++) expect((await client.write({ message: 'x' })).locale).toBe('two');

    await etcd.stop();
    await eventually(() => expect(second.state.kind).toBe('granting'));
    for (let n = 0; n < 4; n++) expect((await client.write({ message: 'x' })).locale).toBe('two');

    await etcd.start(); // empty: everybody is gone from it until they register again
    await eventually(() => expect(second.state.kind).toBe('registered'));
    await eventually(() => expect(factory.status()[0]?.resolver.kind).toBe('resolved'));
    for (let n = 0; n < 4; n++) expect((await client.write({ message: 'x' })).locale).toBe('two');
  });
});

function instance(address: string): Instance {
  return {
    process: 'echo',
    id: newId(),
    address,
    weight: 100,
    zone: '',
    version: '',
    startedAt: '',
    metadata: {},
  };
}
