import type { Fault } from '../mutation/index.ts';

/** How a message goes. */
export type MessengerChannel = 'sms' | 'push';

/** Why the messenger does not take a message. */
export type RefusalCode = 'number_unknown' | 'token_unregistered';

/** What becomes of messages to one recipient. */
export interface TestRecipient {
  /** For the README: what happens. */
  readonly does: string;
  readonly refused?: true;
  readonly fault?: Fault;
  /** What the receipt says. Default: `delivered`. `never`: there is none. */
  readonly receipt?: 'delivered' | 'undeliverable' | 'never';
}

const ALWAYS = Number.POSITIVE_INFINITY;

/**
 * The test recipients by name. A telephone number is one by its last digits: +1 500 555 0001 is the first, in the order of the table (555 01xx and the
 * area code 500 are given to nobody). A device token is one by what stands before its first colon: `undeliverable:abc`. All others are delivered to.
 * Faults count per Idempotency-Key (see `Fault`).
 */
export const TEST_RECIPIENTS = {
  unknown: { does: 'refused: 422 RECIPIENT_REFUSED', refused: true },
  undeliverable: { does: 'taken, and its receipt says that it could not be delivered', receipt: 'undeliverable' },
  silent: { does: 'taken, and there is never a receipt', receipt: 'never' },
  reply_lost: { does: 'taken, but the first answer is lost: the connection is cut', fault: 'reply-lost' },
  late_reply: { does: 'taken at once, the answer comes late', fault: 'late-reply' },
  busy: {
    does: 'the first try of a key gets 500 without effect, the next succeeds',
    fault: { refuses: 500, times: 1 },
  },
  away: { does: 'every try gets 503, for ever', fault: { refuses: 503, times: ALWAYS } },
} as const satisfies Record<string, TestRecipient>;

const NAMES = Object.keys(TEST_RECIPIENTS) as (keyof typeof TEST_RECIPIENTS)[]; // its own keys
const DELIVERED: TestRecipient = { does: 'delivered' };

/** What becomes of a message to this number or token. */
export function testRecipient(channel: MessengerChannel, to: string): TestRecipient {
  const name = channel === 'sms' ? nameOfNumber(to) : NAMES.find((known) => to.startsWith(`${known}:`));
  return name === undefined ? DELIVERED : TEST_RECIPIENTS[name];
}

function nameOfNumber(number: string): keyof typeof TEST_RECIPIENTS | undefined {
  const place = /^\+1500555(\d{4})$/.exec(number)?.[1];
  return place === undefined ? undefined : NAMES[Number(place) - 1];
}
