import PostalMime, { type Address, type Email } from 'postal-mime';

/** What lists show of a message. */
export interface MessageSummary {
  /** A UUIDv7: sorts by arrival. */
  readonly id: string;
  readonly receivedAt: string;
  /** The Message-ID header with its angle brackets; '' without one. The same message sent twice has the same. */
  readonly messageId: string;
  /** MAIL FROM and RCPT TO: who it really came from and went to. */
  readonly envelopeFrom: string;
  readonly envelopeTo: readonly string[];
  /** The From header. */
  readonly from: string;
  readonly subject: string;
  /** In bytes, as it came over the wire. */
  readonly size: number;
}

/** All of a message. */
export interface Message extends MessageSummary {
  /** In their order, names in lower case. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly { readonly filename: string; readonly type: string; readonly size: number }[];
}

/** Who sent a message to whom, by SMTP's own commands, and when. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
  readonly receivedAt: string;
}

const RECEIVED_AT = 'x-received-at';

/** The headers that hold the envelope on disk, put in front of the message as any mail server does. */
export function envelopeHeaders(envelope: Envelope): string {
  return [
    `Return-Path: <${envelope.from}>`,
    ...envelope.to.map((address) => `X-Envelope-To: ${address}`),
    `X-Received-At: ${envelope.receivedAt}`,
    '',
  ].join('\r\n');
}

/** Reads a stored message, or just its headers where only they are given: `size` is then the file's. */
export async function parseSummary(id: string, eml: Buffer, size: number): Promise<MessageSummary> {
  return summaryOf(id, await PostalMime.parse(eml), size);
}

/** Reads a stored message. */
export async function parseMessage(id: string, eml: Buffer): Promise<Message> {
  const email = await PostalMime.parse(eml);
  return {
    ...summaryOf(id, email, eml.length),
    headers: email.headers.map(({ key, value }) => ({ name: key, value })),
    text: email.text ?? '',
    html: email.html ?? '',
    attachments: email.attachments.map(({ filename, mimeType, content }) => ({
      filename: filename ?? '',
      type: mimeType,
      size: typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength,
    })),
  };
}

function summaryOf(id: string, email: Email, size: number): MessageSummary {
  // Ours are the first headers, up to the time; a sender can write the same names further down.
  const ours = email.headers.slice(0, email.headers.findIndex(({ key }) => key === RECEIVED_AT) + 1);
  const values = (name: string): string[] => ours.filter(({ key }) => key === name).map(({ value }) => value);
  return {
    id,
    receivedAt: values(RECEIVED_AT)[0] ?? '',
    messageId: email.messageId ?? '',
    envelopeFrom: (values('return-path')[0] ?? '').replaceAll(/[<>]/g, ''),
    envelopeTo: values('x-envelope-to'),
    from: addressText(email.from),
    subject: email.subject ?? '',
    size,
  };
}

function addressText(address: Address | undefined): string {
  if (address?.address === undefined) return address?.name ?? '';
  return address.name === '' ? address.address : `${address.name} <${address.address}>`;
}
