import { newId as systemNewId, systemClock, type Clock, type NewId } from '../../chassis/core/index.ts';
import { startHttpServer } from '../http/index.ts';
import type { SandboxEvent } from '../sandbox-event.ts';
import { openMailbox } from './mailbox.ts';
import { mailRoutes } from './routes.ts';
import { startSmtpServer } from './smtp-server.ts';

/** How a sink is made. */
export interface SmtpSinkOptions {
  /** Default "127.0.0.1". */
  readonly host?: string;
  /** Where mail is handed in. Default 0: any free one. */
  readonly port?: number;
  /** Where it is read. Default 0: any free one. */
  readonly httpPort?: number;
  /** Holds one .eml file a message; made when absent, read again at the next start. One process at a time. */
  readonly directory: string;
  /** Beyond it the oldest are deleted. Default 10,000. */
  readonly maxMessages?: number;
  /** Larger ones are refused with 552. Default 1 MiB. */
  readonly maxMessageBytes?: number;
  readonly clock?: Clock;
  readonly newId?: NewId;
  readonly onEvent?: (event: SandboxEvent) => void;
}

/** A running sink. */
export interface SmtpSink {
  /** "smtp://127.0.0.1:2525", for nodemailer. */
  readonly smtpUrl: string;
  /** The base of its HTTP API and of its pages, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

const DEFAULT_MAX_MESSAGES = 10_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;

/** A mail server that takes everything and passes nothing on: what was sent is read over HTTP. Rejects when a port is taken. */
export async function createSmtpSink(options: SmtpSinkOptions): Promise<SmtpSink> {
  const { host = '127.0.0.1', port = 0, httpPort = 0, directory, onEvent } = options;
  const mailbox = await openMailbox({
    directory,
    maxMessages: options.maxMessages ?? DEFAULT_MAX_MESSAGES,
    clock: options.clock ?? systemClock,
    newId: options.newId ?? systemNewId,
  });
  const http = await startHttpServer({ host, port: httpPort, routes: mailRoutes(mailbox), onEvent });
  try {
    const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_BYTES;
    const smtp = await startSmtpServer({ host, port, mailbox, maxMessageBytes, onEvent });
    return {
      smtpUrl: smtp.url,
      url: http.url,
      async close() {
        await smtp.close();
        await http.close();
      },
    };
  } catch (error) {
    await http.close();
    throw error;
  }
}
