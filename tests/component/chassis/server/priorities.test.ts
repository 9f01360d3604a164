import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { ShippingServiceDefinition } from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory, type ClientFactory } from '../../../../src/chassis/client/index.ts';
import { HEADERS, backgroundCall, currentCall, runInCall, type Priority } from '../../../../src/chassis/core/index.ts';
import { TRANSPORTS, collect, serve, type Serving } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

describe.each(TRANSPORTS)('priorities of calls over the %s transport', (transport) => {
  let serving: Serving;
  let factory: ClientFactory;
  /** What each call counted as where it was served, in order. */
  let served: (readonly [string, Priority | undefined])[];

  const note = (name: string) => served.push([name, currentCall()?.priority]);
  const clientOf = <Definition extends typeof UserServiceDefinition | typeof ShippingServiceDefinition>(
    definition: Definition,
  ) => factory.client(definition, `static:///${serving.address}`);

  beforeEach(async () => {
    served = [];
    serving = await serve({
      user: {
        async getUser() {
          note('GetUser');
          await clientOf(ShippingServiceDefinition).listShipments({});
          await collect(clientOf(UserServiceDefinition).exportUsers({}));
          return {};
        },
        async *exportUsers() {
          note('ExportUsers');
          yield {};
        },
      },
      shipping: {
        async listShipments() {
          note('ListShipments');
          return {};
        },
      },
    });
    factory = createClientFactory({ from: 'test', transport });
  });
  afterEach(async () => {
    await factory.close();
    await serving[Symbol.asyncDispose]();
  });

  it('are what the contract says where a call begins, and go down with it from there', async () => {
    await clientOf(UserServiceDefinition).getUser({ userId: ID });

    expect(served).toEqual([
      ['GetUser', 'normal'],
      ['ListShipments', 'normal'],
      ['ExportUsers', 'normal'],
    ]);
  });

  it('are taken over from the call that is being served, whatever the contract says', async () => {
    const saga = backgroundCall({ callId: 'saga-1', job: 'saga', priority: 'critical' });

    await runInCall(saga, () => clientOf(UserServiceDefinition).getUser({ userId: ID }));

    expect(served.map(([, priority]) => priority)).toEqual(['critical', 'critical', 'critical']);
  });

  it('can be said by a caller in the header, where nonsense counts as nothing', async () => {
    const users = clientOf(UserServiceDefinition);
    for (const priority of ['sheddable', 'exempt', '']) {
      await users.getUser({ userId: ID }, { metadata: Metadata({ [HEADERS.priority]: priority }) });
    }

    const first = served.filter(([name]) => name === 'GetUser').map(([, priority]) => priority);
    expect(first).toEqual(['sheddable', 'normal', 'normal']);
  });

  it('show a handler the header that came, and none where none came', async () => {
    const seen: (string | undefined)[] = [];
    await using other = await serve({
      user: {
        async getUser(_request, { metadata }) {
          seen.push(metadata.get(HEADERS.priority));
          return {};
        },
      },
    });
    const users = factory.client(UserServiceDefinition, `static:///${other.address}`);

    await users.getUser({ userId: ID });
    await users.getUser({ userId: ID }, { metadata: Metadata({ [HEADERS.priority]: 'critical' }) });

    expect(seen).toEqual([undefined, 'critical']);
  });
});
