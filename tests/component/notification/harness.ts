import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { NotificationState } from '../../../gen/tradewind/notification/v1/notification.ts';
import {
  Channel,
  NotificationServiceDefinition,
  type Notification,
} from '../../../gen/tradewind/notification/v1/notification.ts';
import type { Instance } from '../../../src/chassis/registry/index.ts';
import { createSmtpSink, type SmtpSink } from '../../../src/sandbox/smtp/index.ts';
import { notificationService } from '../../../src/services/notification/service.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestService } from '../../support/service.ts';
import type { TestDatabase } from '../../support/postgres.ts';

/** The notification process on real PostgreSQL and the real SMTP sink, called over gRPC. */
export type Harness = Awaited<ReturnType<typeof startHarness>>;

/** `environment` replaces keys: a harness retries after milliseconds, and gives up after four attempts. */
export async function startHarness(
  environment: Readonly<Record<string, string>> = {},
  options: { readonly database?: TestDatabase; readonly neighbours?: readonly Instance[] } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'tradewind-mail-'));
  let sink: SmtpSink | undefined = await createSmtpSink({ directory });
  const { smtpUrl } = sink;
  const service = await startTestService(
    notificationService,
    {
      SMTP_URL: smtpUrl,
      SMTP_TIMEOUT_MS: '1000',
      MAIL_FROM: 'hello@shop.example',
      NOTIFICATION_MAX_ATTEMPTS: '4',
      NOTIFICATION_RETRY_BASE_MS: '20',
      NOTIFICATION_RETRY_MAX_MS: '100',
      NOTIFICATION_LOOK_MS: '20',
      ...environment,
    },
    options,
  );
  let client = service.client(NotificationServiceDefinition);

  return {
    service,
    get client() {
      return client;
    },
    async restart() {
      await service.restart();
      client = service.client(NotificationServiceDefinition);
    },
    /** What the sink got for an address, as summaries. */
    async mailTo(address: string) {
      if (sink === undefined) throw new Error('the sink is stopped');
      const response = await fetch(`${sink.url}/messages?to=${encodeURIComponent(address)}`);
      const { messages } = (await response.json()) as {
        messages: { id: string; messageId: string; subject: string; from: string }[];
      };
      return messages;
    },
    async mailText(id: string) {
      const response = await fetch(`${sink?.url}/messages/${id}`);
      return ((await response.json()) as { text: string }).text;
    },
    async stopSink() {
      await sink?.close();
      sink = undefined;
    },
    async startSink() {
      sink = await createSmtpSink({ directory, port: Number(new URL(smtpUrl).port) });
    },
    /** Waits until the message stands there. */
    until(notificationId: string, state: NotificationState): Promise<Notification> {
      return eventually(async () => {
        const { notification } = await client.getNotification({ notificationId });
        if (notification?.state !== state) throw new Error(`is ${notification?.state}: ${notification?.lastError}`);
        return notification;
      });
    },
    async close() {
      await service.close();
      await sink?.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** A request that is as it should be. */
export function request(change: object = {}) {
  const orderId = crypto.randomUUID();
  return {
    requestId: crypto.randomUUID(),
    userId: crypto.randomUUID(),
    channel: Channel.CHANNEL_EMAIL,
    template: 'order-confirmed',
    parameters: { name: 'Ada', order_id: orderId, order_total: 'EUR 12.50' },
    recipient: `ada+${crypto.randomUUID()}@example.com`,
    orderId,
    ...change,
  };
}
