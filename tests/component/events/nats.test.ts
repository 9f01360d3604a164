import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import { describe, expect, it } from '@jest/globals';

import { createNatsBroker } from '../../../src/chassis/events/index.ts';
import { eventually } from '../../support/eventually.ts';
import { fastClock } from '../../support/fast-clock.ts';

describe('createNatsBroker', () => {
  it('leaves no socket to a server that accepts connections and says nothing', async () => {
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // of a listening TCP server
    const url = `nats://127.0.0.1:${port}`;
    const adapter = createNatsBroker({ url, name: 'tests', retentionMs: 3_600_000, clock: fastClock(20) });

    const connecting = adapter.connect(new AbortController().signal);
    await expect(connecting).rejects.toMatchObject({ status: 'UNAVAILABLE', reason: 'BROKER_NO_ANSWER' });
    await eventually(() => expect(open.size).toBe(0));

    server.close();
    await once(server, 'close');
  });
});
