import { assertNever, invalidArgument } from '../../../chassis/core/index.ts';
import type { Channel } from './notification.ts';

/** HTML's own definition, as the user contract has it: whoever can register can be written to. https://html.spec.whatwg.org/#valid-e-mail-address */
const EMAIL =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
/** Longer ones fit no SMTP command. Source: RFC 5321, 4.5.3.1.3 */
const MAX_EMAIL = 254;
const E164 = /^\+[1-9][0-9]{6,14}$/;
const DEVICE_TOKEN = /^[\x21-\x7e]{8,500}$/;

/** Throws INVALID_ARGUMENT, RECIPIENT_INVALID, unless the text is one address of the channel. */
export function assertRecipient(channel: Channel, recipient: string): void {
  const description = problemWith(channel, recipient);
  if (description === undefined) return;
  throw invalidArgument([{ field: 'recipient', description }], 'RECIPIENT_INVALID');
}

function problemWith(channel: Channel, recipient: string): string | undefined {
  switch (channel) {
    case 'EMAIL':
      return EMAIL.test(recipient) && recipient.length <= MAX_EMAIL ? undefined : 'must be one e-mail address';
    case 'SMS':
      return E164.test(recipient) ? undefined : 'must be a telephone number by E.164: "+4915112345678"';
    case 'PUSH':
      return DEVICE_TOKEN.test(recipient) ? undefined : 'must be a device token: 8 to 500 visible ASCII characters';
    default:
      return assertNever(channel);
  }
}
