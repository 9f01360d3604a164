import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createClientFactory, type ChassisClient, type ClientFactory } from '../../../../src/chassis/client/index.ts';
import { startEchoServer, type EchoServer } from '../../../support/echo-server.ts';
import { EchoServiceDefinition } from '../../../support/echo-service.ts';
import { TRANSPORTS, connected } from '../../../support/transports.ts';

describe.each(TRANSPORTS)('createClientFactory with calls that are %s', (transport) => {
  let server: EchoServer;
  let factory: ClientFactory;
  let client: ChassisClient<typeof EchoServiceDefinition>;

  beforeEach(async () => {
    server = await startEchoServer('one');
    factory = createClientFactory({ from: 'test', transport });
    client = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    await connected(factory, transport);
  });
  afterEach(async () => {
    await factory.close();
    await server.stop();
  });

  it('calls a unary method', async () => {
    expect(await client.read({ message: 'hello' })).toEqual({ locale: 'one', message: 'hello' });
    expect(server.calls.map((call) => call.transport)).toEqual([transport]);
  });

  it('reads a server stream to its end', async () => {
    const seen: string[] = [];
    for await (const { message } of client.count({ message: '3' })) seen.push(message);
    expect(seen).toEqual(['1', '2', '3']);
  });

  it('sends a client stream and returns its one answer', async () => {
    expect(await client.collect(messages('a', 'b', 'c'))).toMatchObject({ message: 'a,b,c' });
  });

  it('answers each message of a bidirectional stream while it is open', async () => {
    const seen: string[] = [];
    for await (const { message } of client.chat(messages('x', 'y'))) seen.push(message);
    expect(seen).toEqual(['x', 'y']);
  });

  it('is one set of connections for all clients of a target', async () => {
    const second = factory.client(EchoServiceDefinition, `static:///${server.address}`);
    await client.read({ message: '1' });
    await second.read({ message: '2' });
    expect(factory.status()).toMatchObject([{ endpoints: [{ address: server.address, state: 'ready', inFlight: 0 }] }]);
    expect(new Set(server.calls.map((call) => call.peer)).size).toBe(1);
  });
});

async function* messages(...texts: string[]) {
  for (const message of texts) yield { message };
}
