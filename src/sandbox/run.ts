import { join } from 'node:path';

import { pino, type Logger } from 'pino';
import { z } from 'zod';

import { milliseconds, parseConfiguration, port, text } from '../chassis/config/index.ts';
import { runProcess } from '../chassis/process/index.ts';
import type { SandboxEvent } from './sandbox-event.ts';

/** What main.ts read from the machine. */
type Environment = Readonly<Record<string, string | undefined>>;

const sandboxConfiguration = z.object({
  HOST: text('The address to listen on.').prefault('127.0.0.1'),
  PORT: port('The port of its main protocol; 0 takes a free one.').prefault('0'),
  DATA_DIR: text('The folder where its record is kept.'),
});

const LATE_MS = milliseconds('How late the answers of the late test cases are.').prefault('8000');

/** Runs the payment provider until it is told to end (SIGTERM, SIGINT, or its supervisor is gone). Ready means listening. */
export async function runPaymentProvider(environment: Environment): Promise<void> {
  const config = parseConfiguration(sandboxConfiguration.extend({ LATE_MS }), environment);
  const { createPaymentProvider } = await import('./payment-provider/index.ts');
  await run('payment-provider', async (onEvent) => {
    const { url, close } = await createPaymentProvider({
      host: config.HOST,
      port: config.PORT,
      ledgerFile: join(config.DATA_DIR, 'ledger.jsonl'),
      lateMs: config.LATE_MS,
      onEvent,
    });
    return { main: new URL(url).host, http: new URL(url).host, close };
  });
}

/** Runs the carrier, as runPaymentProvider does. */
export async function runCarrier(environment: Environment): Promise<void> {
  const HOUR_MS = milliseconds("How long an hour of a parcel's journey takes; 48 bring it to the door.").prefault(
    '2500',
  );
  const config = parseConfiguration(sandboxConfiguration.extend({ LATE_MS, HOUR_MS }), environment);
  const { createCarrier } = await import('./carrier/index.ts');
  await run('carrier', async (onEvent) => {
    const { url, close } = await createCarrier({
      host: config.HOST,
      port: config.PORT,
      ledgerFile: join(config.DATA_DIR, 'ledger.jsonl'),
      lateMs: config.LATE_MS,
      hourMs: config.HOUR_MS,
      onEvent,
    });
    return { main: new URL(url).host, http: new URL(url).host, close };
  });
}

/** Runs the SMTP sink, as runPaymentProvider does; its main protocol is SMTP. */
export async function runSmtpSink(environment: Environment): Promise<void> {
  const HTTP_PORT = port('The port where mail is read; 0 takes a free one.').prefault('0');
  const config = parseConfiguration(sandboxConfiguration.extend({ HTTP_PORT }), environment);
  const { createSmtpSink } = await import('./smtp/index.ts');
  await run('smtp-sink', async (onEvent) => {
    const { smtpUrl, url, close } = await createSmtpSink({
      host: config.HOST,
      port: config.PORT,
      httpPort: config.HTTP_PORT,
      directory: join(config.DATA_DIR, 'mail'),
      onEvent,
    });
    return { main: new URL(smtpUrl).host, http: new URL(url).host, close };
  });
}

/** Where a stand-in listens, and how to end it. */
interface Started {
  /** host:port of its main protocol. */
  readonly main: string;
  /** host:port of its HTTP side. */
  readonly http: string;
  close(): Promise<void>;
}

async function run(name: string, open: (onEvent: (event: SandboxEvent) => void) => Promise<Started>): Promise<void> {
  const logger = pino({ name });
  await runProcess({
    name,
    async start() {
      const { main, http, close } = await open((event) => report(logger, event));
      logger.info({ main, http }, 'listening');
      return { grpc: main, http, stop: close };
    },
    onCrash: (error) => logger.fatal({ err: error }, 'crashed'),
  });
}

function report(logger: Logger, event: SandboxEvent): void {
  switch (event.kind) {
    case 'journal-repaired':
      return logger.warn({ file: event.file, bytes: event.bytes }, 'cut off a torn last line');
    case 'request-failed':
      return logger.error({ err: event.error, method: event.method, path: event.path }, 'a request failed');
    case 'smtp-failed':
      return logger.error({ err: event.error }, 'smtp failed');
  }
}
