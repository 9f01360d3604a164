import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { SMTPServer, type SMTPServerDataStream, type SMTPServerError } from 'smtp-server';

import type { SandboxEvent } from '../sandbox-event.ts';
import type { Mailbox } from './mailbox.ts';
import { testRecipient } from './test-addresses.ts';

/** How the SMTP side is started. */
export interface SmtpServerOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly mailbox: Mailbox;
  readonly maxMessageBytes: number;
  readonly onEvent?: ((event: SandboxEvent) => void) | undefined;
}

/** A listening server. */
export interface ListeningSmtpServer {
  /** "smtp://127.0.0.1:2525". */
  readonly url: string;
  /** Refuses new mail, gives conversations a second to end. */
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 1_000;

/** Starts an SMTP server that takes mail from anybody for anybody, unencrypted. Rejects when it cannot listen. */
export async function startSmtpServer(options: SmtpServerOptions): Promise<ListeningSmtpServer> {
  const { host, mailbox, maxMessageBytes, onEvent } = options;
  /** Whose next try gets through. */
  const toldToComeBack = new Set<string>();

  const server = new SMTPServer({
    name: 'tradewind-smtp-sink',
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: maxMessageBytes,
    closeTimeout: CLOSE_GRACE_MS,
    logger: false,
    onRcptTo({ address }, _session, callback) {
      const special = testRecipient(address);
      if (special === undefined) return callback();
      if (special.code === 451) {
        if (toldToComeBack.delete(address)) return callback();
        toldToComeBack.add(address);
      }
      callback(smtpError(special.code, `${special.text}: ${address}`));
    },
    onData(stream, session, callback) {
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = { from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address) };
      receive(stream, maxMessageBytes)
        .then(async (data) => {
          const { id } = await mailbox.store(envelope, data);
          callback(null, `kept as ${id}`);
        })
        .catch((error: unknown) => {
          if (isReply(error)) return callback(error);
          onEvent?.({ kind: 'smtp-failed', error });
          callback(smtpError(451, 'cannot keep it right now, try again later'));
        });
    },
  });
  let listening = false;
  server.on('error', (error) => {
    if (listening) onEvent?.({ kind: 'smtp-failed', error });
  });
  server.listen(options.port, host);
  await once(server.server, 'listening'); // rejects on 'error': the port is taken
  listening = true;
  const { port } = server.server.address() as AddressInfo; // a TCP server that listens has one

  let closing: Promise<void> | undefined;
  return {
    url: `smtp://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close() {
      closing ??= new Promise((resolve) => server.close(() => resolve()));
      return closing;
    },
  };
}

async function receive(stream: SMTPServerDataStream, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk); // the rest is read and dropped: the reply comes after the last line
  }
  if (bytes > maxBytes) throw smtpError(552, `a message has at most ${maxBytes} bytes`);
  return Buffer.concat(chunks);
}

function isReply(error: unknown): error is SMTPServerError {
  return error instanceof Error && 'responseCode' in error;
}

function smtpError(responseCode: number, message: string): SMTPServerError {
  return Object.assign(new Error(message), { responseCode });
}
