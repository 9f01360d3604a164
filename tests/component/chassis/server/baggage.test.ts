import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metadata } from 'nice-grpc';

import { ShippingServiceDefinition } from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { createClientFactory, type ClientFactory } from '../../../../src/chassis/client/index.ts';
import { backgroundCall, runInCall } from '../../../../src/chassis/core/index.ts';
import { connected } from '../../../support/transports.ts';
import { TRANSPORTS, collect, serve, type Serving } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
/** As https://www.w3.org/TR/baggage/ shows it: with a property, and encoded. */
const BAGGAGE = 'userId=alice,serverNode=DF%2028;ttl=1 , isProduction=false';

describe.each(TRANSPORTS)('baggage over the %s transport', (transport) => {
  let serving: Serving;
  let factory: ClientFactory;
  /** What came with each call below the first. */
  let below: (readonly string[] | undefined)[];
  /** What the first call's own calls say of their own. */
  let own: Metadata | undefined;

  beforeEach(async () => {
    below = [];
    own = undefined;
    serving = await serve({
      user: {
        async getUser() {
          const options = own === undefined ? {} : { metadata: own };
          await factory.client(ShippingServiceDefinition, `static:///${serving.address}`).listShipments({}, options);
          await collect(factory.client(UserServiceDefinition, `static:///${serving.address}`).exportUsers({}, options));
          return {};
        },
        async *exportUsers(_request, { metadata }) {
          below.push(metadata.getAll('baggage').map(String));
          yield {};
        },
      },
      shipping: {
        async listShipments(_request, { metadata }) {
          below.push(metadata.getAll('baggage').map(String));
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

  async function getUser(metadata?: Metadata): Promise<void> {
    const users = factory.client(UserServiceDefinition, `static:///${serving.address}`);
    await connected(factory, transport);
    await users.getUser({ userId: ID }, metadata === undefined ? {} : { metadata });
  }

  it('goes on unchanged with every call that a call causes', async () => {
    await getUser(Metadata({ baggage: BAGGAGE }));

    expect(below).toEqual([[BAGGAGE], [BAGGAGE]]);
  });

  it('is one list where it came in several headers', async () => {
    await getUser(Metadata({ baggage: ['a=1', 'b=2'] }));

    expect(below.map((values) => values?.join().replaceAll(' ', ''))).toEqual(['a=1,b=2', 'a=1,b=2']);
  });

  it('stays behind where it is longer than receivers must take', async () => {
    await getUser(Metadata({ baggage: `a=${'x'.repeat(8_190)}` }));
    await getUser(Metadata({ baggage: `a=${'x'.repeat(8_191)}` }));

    expect(below.map((values) => values?.[0]?.length)).toEqual([8_192, 8_192, undefined, undefined]);
  });

  it('is not added where there is none, nor to what a call says itself', async () => {
    await getUser();
    own = Metadata({ baggage: 'own=1' });
    await getUser(Metadata({ baggage: BAGGAGE }));

    expect(below).toEqual([[], [], ['own=1'], ['own=1']]);
    expect(own.getAll('baggage')).toEqual(['own=1']);
  });

  it("goes on with a background call's, too", async () => {
    const saga = { ...backgroundCall({ callId: 's', job: 'saga' }), baggage: BAGGAGE };
    await runInCall(saga, () => getUser());

    expect(below).toEqual([[BAGGAGE], [BAGGAGE]]);
  });
});
