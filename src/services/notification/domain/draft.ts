import type { OrderId, UserId } from './ids.ts';
import type { Channel } from './notification.ts';

/** A message that knows its user and not yet the address. */
export interface NewDraft {
  readonly userId: UserId;
  readonly channel: Channel;
  readonly template: string;
  /** All that the template wants but the user's name. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly orderId: OrderId | undefined;
}

/** A draft that waits to be addressed. */
export interface Draft extends NewDraft {
  readonly id: bigint;
  /** How often it was taken up, this time included. */
  readonly attempts: number;
  /** W3C trace context of what it tells of. */
  readonly traceparent: string | undefined;
}

/** What the user process says of whom a draft is for. */
export interface Addressee {
  readonly email: string;
  /** By E.164; empty where the user gave none. */
  readonly phone: string;
  readonly displayName: string;
}

/** The user's address on the channel; undefined where there is none, and then there is nothing to send. */
export function addressOn(channel: Channel, { email, phone }: Addressee): string | undefined {
  switch (channel) {
    case 'EMAIL':
      return email;
    case 'SMS':
      return phone === '' ? undefined : phone;
    case 'PUSH':
      return undefined; // accounts have no devices
  }
}
