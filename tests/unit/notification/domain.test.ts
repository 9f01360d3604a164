import { describe, expect, it } from '@jest/globals';

import {
  assertRecipient,
  isMuted,
  messageIdOf,
  settle,
  type Category,
  type Channel,
} from '../../../src/services/notification/domain.ts';

const policy = { maxAttempts: 3, baseMs: 100, maxMs: 1_000 };
const random = { next: () => 1, bytes: (size: number) => new Uint8Array(size) };

describe('settle', () => {
  it('is SENT when the channel took it', () => {
    expect(settle({ type: 'accepted' }, 2, policy, random)).toEqual({ state: 'SENT', attempts: 2 });
  });

  it('is FAILED at once when the channel refuses for good', () => {
    const end = { state: 'FAILED', attempts: 1, error: '550 no' };
    expect(settle({ type: 'refused', error: '550 no' }, 1, policy, random)).toEqual(end);
  });

  it('is QUEUED with growing waits after what may pass, and FAILED after the last attempt', () => {
    const failed = { type: 'failed', error: 'busy' } as const;
    expect(settle(failed, 1, policy, random)).toEqual({ state: 'QUEUED', attempts: 1, error: 'busy', delayMs: 100 });
    expect(settle(failed, 2, policy, random)).toMatchObject({ state: 'QUEUED', delayMs: 200 });
    expect(settle(failed, 3, policy, random)).toMatchObject({
      state: 'FAILED',
      attempts: 3,
      error: expect.stringContaining('busy'),
    });
  });

  it('counts no attempt where there was nobody to hand it to', () => {
    const end = settle({ type: 'no-provider', error: 'none' }, 1, policy, random);
    expect(end).toEqual({ state: 'FAILED', attempts: 0, error: 'none' });
  });
});

describe('isMuted', () => {
  const message = (channel: Channel, category: Category) => ({ channel, category });
  const preferences = { mutedChannels: ['SMS'], mutedCategories: ['MARKETING'] } as const;

  it('mutes a channel for everything and a category on every channel', () => {
    expect(isMuted(preferences, message('SMS', 'ORDER'))).toBe(true);
    expect(isMuted(preferences, message('EMAIL', 'MARKETING'))).toBe(true);
    expect(isMuted(preferences, message('EMAIL', 'ORDER'))).toBe(false);
  });

  it('never mutes what concerns the account', () => {
    expect(isMuted(preferences, message('SMS', 'ACCOUNT'))).toBe(false);
  });
});

describe('assertRecipient', () => {
  it.each<[Channel, string]>([
    ['EMAIL', "o'hara+order.1@mail.example.com"],
    ['EMAIL', 'root@localhost'],
    ['SMS', '+4915112345678'],
    ['PUSH', 'fcm:abc-DEF_123'],
  ])('takes an address of %s: %s', (channel, recipient) => {
    expect(() => assertRecipient(channel, recipient)).not.toThrow();
  });

  it.each<[Channel, string]>([
    ['EMAIL', 'nobody'],
    ['EMAIL', 'a@example.com, b@example.com'],
    ['EMAIL', 'Ada <a@example.com>'],
    ['EMAIL', 'a@example.com\r\nBcc: b@example.com'],
    ['EMAIL', 'a@example.com\n'],
    ['EMAIL', `${'a'.repeat(250)}@example.com`],
    ['SMS', '015112345678'],
    ['SMS', '+49 151 12345678'],
    ['PUSH', 'short'],
    ['PUSH', 'with space in it'],
  ])('refuses what is no address of %s: %j', (channel, recipient) => {
    expect(() => assertRecipient(channel, recipient)).toThrow(
      expect.objectContaining({ status: 'INVALID_ARGUMENT', reason: 'RECIPIENT_INVALID' }),
    );
  });
});

describe('messageIdOf', () => {
  it('is made of nothing but the message and the sender', () => {
    expect(messageIdOf('018f', 'shop.example')).toBe('<018f@shop.example>');
  });
});
