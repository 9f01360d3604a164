import { join } from 'node:path';

import { pino, type Logger } from 'pino';

import { parseConfiguration } from '../chassis/config/index.ts';
import { runProcess } from '../chassis/process/index.ts';
import { SANDBOX_CONFIGURATIONS } from './configuration.ts';
import type { SandboxEvent } from './sandbox-event.ts';

/** What main.ts read from the machine. */
type Environment = Readonly<Record<string, string | undefined>>;

/** The code of each, loaded by the process that runs it. */
const LOAD = {
  paymentProvider: () => import('./payment-provider/index.ts'),
  carrier: () => import('./carrier/index.ts'),
  messenger: () => import('./messenger/index.ts'),
  smtpSink: () => import('./smtp/index.ts'),
};

/** Loads the code of all of them without running any. */
export async function loadSandboxes(): Promise<void> {
  await Promise.all(Object.values(LOAD).map((load) => load()));
}

/** Runs the payment provider until it is told to end (SIGTERM, SIGINT, or its supervisor is gone). Ready means listening. */
export async function runPaymentProvider(environment: Environment): Promise<void> {
  const config = parseConfiguration(SANDBOX_CONFIGURATIONS['payment-provider'], environment);
  const { createPaymentProvider } = await LOAD.paymentProvider();
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
  const config = parseConfiguration(SANDBOX_CONFIGURATIONS.carrier, environment);
  const { createCarrier } = await LOAD.carrier();
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

/** Runs the provider of SMS and push messages, as runPaymentProvider does. */
export async function runMessenger(environment: Environment): Promise<void> {
  const config = parseConfiguration(SANDBOX_CONFIGURATIONS.messenger, environment);
  const { createMessenger } = await LOAD.messenger();
  await run('messenger', async (onEvent) => {
    const { url, close } = await createMessenger({
      host: config.HOST,
      port: config.PORT,
      ledgerFile: join(config.DATA_DIR, 'ledger.jsonl'),
      lateMs: config.LATE_MS,
      receiptMs: config.RECEIPT_MS,
      onEvent,
    });
    return { main: new URL(url).host, http: new URL(url).host, close };
  });
}

/** Runs the SMTP sink, as runPaymentProvider does; its main protocol is SMTP. */
export async function runSmtpSink(environment: Environment): Promise<void> {
  const config = parseConfiguration(SANDBOX_CONFIGURATIONS['smtp-sink'], environment);
  const { createSmtpSink } = await LOAD.smtpSink();
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
