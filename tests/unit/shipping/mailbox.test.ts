import { describe, expect, it } from '@jest/globals';

import { openMailbox } from '../../../src/services/shipping/mailbox.ts';

/** A mailbox on messages that count how many were asked for, and a wait for the next arrival. */
function open(source: () => AsyncGenerator<number>) {
  let arrived = () => {};
  let arrival = new Promise<void>((resolve) => (arrived = resolve));
  const mailbox = openMailbox(source(), () => arrived());
  return {
    mailbox,
    async next() {
      await arrival;
      arrival = new Promise<void>((resolve) => (arrived = resolve));
    },
  };
}

describe('openMailbox', () => {
  it('asks for no more than one message ahead, and says when the other side has closed', async () => {
    let asked = 0;
    const { mailbox, next } = open(async function* () {
      for (asked = 1; asked <= 3; asked += 1) yield asked;
    });
    expect(mailbox.take()).toBeUndefined();
    for (const message of [1, 2, 3]) {
      await next();
      expect(asked).toBe(message);
      expect(mailbox.ended).toBe(false);
      expect(mailbox.take()).toBe(message);
    }
    await next();
    expect(mailbox.take()).toBeUndefined();
    expect(mailbox.ended).toBe(true);
  });

  it('throws what the stream ended with, after the messages before it', async () => {
    const { mailbox, next } = open(async function* () {
      yield 1;
      throw new Error('broken');
    });
    await next();
    expect(mailbox.take()).toBe(1);
    await next();
    expect(() => mailbox.take()).toThrow('broken');
    expect(mailbox.ended).toBe(false);
  });
});
