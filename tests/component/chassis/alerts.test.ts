import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';

import { createEmitter } from '../../../src/chassis/core/index.ts';
import { defineService, startService } from '../../../src/chassis/lifecycle/index.ts';
import { createStaticRegistry } from '../../../src/chassis/registry/index.ts';
import type { SagaEvents } from '../../../src/chassis/saga/index.ts';
import { askAdminPort } from '../../support/admin-port.ts';
import { eventually } from '../../support/eventually.ts';

interface Received {
  readonly contentType: string | undefined;
  readonly event: Readonly<Record<string, unknown>>;
}

/** A real HTTP server that keeps what is posted to it, and answers as it is told; by default 204. */
async function listen(
  answer: (response: ServerResponse, nth: number) => void = (response) => response.writeHead(204).end(),
) {
  const received: Received[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const event = JSON.parse(await text(request)) as Received['event'];
    received.push({ contentType: request.headers['content-type'], event });
    answer(response, received.length);
  };
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { received, url: `http://127.0.0.1:${port}/hook/of-a-secret-name`, close };
}

/** A process with a component that the test breaks and mends, and sagas that the test has transitions told of. */
async function startProcess(...webhooks: readonly string[]) {
  const lines: string[] = [];
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const sagas = createEmitter<SagaEvents>();
  const queue = { isBroken: false };
  const check = async () => {
    if (queue.isBroken) throw new Error('the belt stands still');
  };
  const definition = defineService({
    name: 'warehouse',
    wire: async () => ({ grpc: [], checks: { belt: check }, events: { sagas } }),
  });
  const environment = {
    ...{ INSTANCE_ID: 'warehouse-1', SHUTDOWN_GRACE_MS: '0', PAGE_TOKEN_SECRET: 'test', LOG_LEVEL: 'debug' },
    ALERT_WEBHOOK_URLS: webhooks.join(', '),
  };
  const service = await startService(definition, environment, { registry: createStaticRegistry([]), logTo });
  const park = (sagaId: string) =>
    sagas.emit('transition', {
      ...{ sagaId, name: 'checkout', correlationKey: `order of ${sagaId}` },
      from: { kind: 'RUNNING', step: 0, attempt: 1, failures: 0, done: [], ambiguous: false, ahead: false },
      to: {
        kind: 'PARKED',
        parked: { kind: 'RUNNING', step: 0, attempt: 1, failures: 0, done: [], ambiguous: false, ahead: false },
        failure: { status: 'UNAVAILABLE', reason: 'CARRIER_AWAY', message: 'nobody drives today' },
      },
    });
  const look = () => askAdminPort(service.http, '/health/ready');
  return { service, lines, queue, park, look };
}

describe('ALERT_WEBHOOK_URLS', () => {
  it('are told of a component that gets worse and better, as CloudEvents, in order; a start is no news', async () => {
    const [receiver, silent] = [await listen(), await listen(() => undefined)];
    const { service, queue, look } = await startProcess(receiver.url, silent.url);
    try {
      await look();
      expect(receiver.received).toEqual([]);
      queue.isBroken = true;
      await look();
      await eventually(() => expect(receiver.received).toHaveLength(1));
      queue.isBroken = false;
      await eventually(() => expect(receiver.received).toHaveLength(2), { timeoutMs: 10_000 });
      const [worse, better] = receiver.received;
      expect(worse).toMatchObject({
        contentType: 'application/cloudevents+json',
        event: {
          specversion: '1.0',
          source: '/tradewind/warehouse',
          type: 'tradewind.alert.component-changed.v1',
          subject: 'component/belt',
          data: {
            ...{ instance: 'warehouse-1', component: 'belt', from: 'healthy', to: 'unhealthy' },
            text: 'belt of warehouse is unhealthy: the belt stands still',
          },
        },
      });
      expect(better?.event['data']).toMatchObject({ to: 'healthy', text: 'belt of warehouse is healthy' });
      const { body } = await askAdminPort(service.http, '/backlogs');
      expect((JSON.parse(body) as { backlogs: object[] }).backlogs).toMatchObject([
        { name: `alerts to webhook 1 (${new URL(receiver.url).host})`, count: 0 },
        { name: `alerts to webhook 2 (${new URL(silent.url).host})`, count: 1 }, // behind the one it does not answer
      ]);
    } finally {
      await service.stop();
      await Promise.all([receiver.close(), silent.close()]);
    }
  });

  it('are told again of what they could not take, and nothing is lost without a word that they refuse', async () => {
    const receiver = await listen((response, nth) => response.writeHead([503, 204, 410][nth - 1] ?? 204).end());
    const { service, park, lines } = await startProcess(receiver.url);
    try {
      park('saga-1');
      await eventually(() => expect(receiver.received).toHaveLength(2));
      const [first, again] = receiver.received;
      expect(again).toEqual(first);
      expect(first?.event).toMatchObject({
        type: 'tradewind.alert.saga-parked.v1',
        data: { saga: 'checkout', sagaId: 'saga-1', subjectId: 'order of saga-1', reason: 'CARRIER_AWAY' },
      });
      park('saga-2');
      const log = await eventually(() => {
        const line = lines.find((one) => one.includes('a task is given up'));
        if (line === undefined) throw new Error('not logged');
        return line;
      });
      expect(JSON.parse(log)).toMatchObject({ label: 'alert.saga-parked', key: 'saga/saga-2', attempts: 1 });
      expect(log).toContain('answered 410');
      expect(lines.join('')).not.toContain('secret-name');
    } finally {
      await service.stop();
      await receiver.close();
    }
  });
});
