import { describe, expect, it } from '@jest/globals';

import { ClientSettings, Fragment } from '../../../../gen/tradewind/transport/v1/transport.ts';
import { createMessageEncoder } from '../../../../src/chassis/transport/index.ts';

describe('createMessageEncoder', () => {
  it('writes what the generated code writes, one message after the other, large ones among them', () => {
    const encode = createMessageEncoder();
    for (const length of [0, 3, 200_000, 5]) {
      const message = Fragment.fromPartial({ id: length, payload: Buffer.alloc(length, 7) });
      expect(Buffer.compare(encode(Fragment, message), Fragment.encode(message).finish())).toBe(0);
    }
  });

  it('leaves each message alone once it is written', () => {
    const encode = createMessageEncoder();
    const one = encode(ClientSettings, { version: 1, maxReplyBytes: 2 });
    encode(ClientSettings, { version: 3, maxReplyBytes: 4 });
    expect(ClientSettings.decode(one)).toEqual({ version: 1, maxReplyBytes: 2 });
  });

  it('throws for a number out of range, and writes the next message whole', () => {
    const encode = createMessageEncoder();
    expect(() => encode(ClientSettings, { version: 1, maxReplyBytes: -1 })).toThrow();
    expect(ClientSettings.decode(encode(ClientSettings, { version: 1, maxReplyBytes: 2 }))).toEqual({
      version: 1,
      maxReplyBytes: 2,
    });
  });
});
