import { createTransport } from 'nodemailer';

import type { Secret } from '../../../chassis/config/index.ts';
import type { Clock } from '../../../chassis/core/index.ts';
import { messageIdOf, type Delivery } from '../domain.ts';
import type { DeliveryChannel } from './delivery-channel.ts';

/** How mail leaves. */
export interface SmtpOptions {
  /** smtp:// or smtps://, with a user and a password where the server wants them. */
  readonly url: Secret;
  /** The sender's address; the part after its @ names our Message-IDs. */
  readonly from: string;
  /** The longest wait for the server at each step of the conversation, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** Mail over SMTP. */
export interface SmtpChannel extends DeliveryChannel {
  /** Ends the connections that are kept. */
  close(): void;
}

/** A message may wait for one of these before its conversation starts. */
const MAX_CONNECTIONS = 5;
/** A conversation's steps, together, in multiples of one step's time-out. */
const STEPS = 4;

/** Makes the channel; the first message opens the first connection. */
export function createSmtpChannel({ url, from, timeoutMs, clock }: SmtpOptions): SmtpChannel {
  const transport = createTransport({
    url: url.reveal(),
    pool: true,
    maxConnections: MAX_CONNECTIONS,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // A message is its text alone, whatever a template holds.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1);

  return {
    async deliver({ id, recipient, subject, body }): Promise<Delivery> {
      const sent = transport
        .sendMail({
          from: { name: 'Tradewind', address: from },
          to: { name: '', address: recipient }, // as an object it is one address, not a list to parse
          subject,
          text: body,
          messageId: messageIdOf(id, domain),
          headers: { 'Auto-Submitted': 'auto-generated' }, // RFC 3834: no out-of-office reply, please
        })
        .then((): Delivery => ({ type: 'accepted' }), failure);
      return within(sent, timeoutMs * STEPS, clock);
    },
    close: () => transport.close(),
  };
}

/** What nodemailer knows of a failed conversation. */
interface SmtpError {
  readonly message?: string;
  /** "EENVELOPE", "ECONNECTION", "EAUTH"... */
  readonly code?: string;
  /** The server's reply, where there was one. */
  readonly responseCode?: number;
}

/** The codes of failures that are about this message, not about the server as it is now. */
const ABOUT_THE_MESSAGE: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE']);

/** 5xx to the envelope or the message is for good (RFC 5321, 4.2.1); 4xx, and a server that is not as it should be, may pass. */
function failure(error: unknown): Delivery {
  const { message = String(error), code = '', responseCode = 0 } = (error ?? {}) as SmtpError;
  const forGood = responseCode >= 500 && ABOUT_THE_MESSAGE.has(code);
  return { type: forGood ? 'refused' : 'failed', error: message };
}

/** After the time nobody knows what became of the message. It is tried again, under its Message-ID. */
function within(sent: Promise<Delivery>, timeoutMs: number, clock: Pick<Clock, 'setTimer'>): Promise<Delivery> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(timeoutMs, () =>
      resolve({ type: 'failed', error: `no answer within ${timeoutMs} ms` }),
    );
    void sent.then((delivery) => {
      timer.cancel();
      resolve(delivery);
    });
  });
}
