import { describe, expect, it } from '@jest/globals';

import { createReassembly } from '../../../../src/chassis/transport/reassembly.ts';
import type { ReplyFrame } from '../../../../src/chassis/transport/server-frames.ts';

const first = (id: number, text: string): ReplyFrame => ({
  id,
  payload: Buffer.from(text),
  header: undefined,
  trailer: undefined,
  totalBytes: undefined,
});
const part = (text: string) => Buffer.from(text);

describe('createReassembly', () => {
  it('puts replies together whose fragments come mixed', () => {
    const reassembly = createReassembly(100);
    expect(reassembly.begin(first(1, 'ab'), 5)).toBe(true);
    expect(reassembly.begin(first(2, 'x'), 3)).toBe(true);
    expect(reassembly.add(1, part('cd'), true)).toBeUndefined();
    expect(reassembly.add(2, part('yz'), true)?.payload.toString()).toBe('xyz');
    expect(reassembly.add(1, part('e'), true)?.payload.toString()).toBe('abcde');
  });

  it('keeps nothing of a reply that is too long or that nobody waits for, and still knows its end', () => {
    const reassembly = createReassembly(4);
    expect(reassembly.begin(first(1, 'ab'), 5)).toBe(false);
    expect(reassembly.add(1, part('cde'), true)?.payload.length).toBe(0);
    expect(reassembly.begin(first(2, 'ab'), 4)).toBe(true);
    expect(reassembly.add(2, part('c'), false)).toBeUndefined();
    expect(reassembly.add(2, part('d'), false)?.payload.length).toBe(0);
  });

  it.each<[string, (reassembly: ReturnType<typeof createReassembly>) => unknown]>([
    ['has no reply before it', (reassembly) => reassembly.add(1, part('a'), true)],
    ['began twice', (r) => [r.begin(first(1, 'a'), 2), r.begin(first(1, 'a'), 2)]],
    ['has no fragments', (r) => r.begin(first(1, 'ab'), 2)],
    ['is too long', (r) => [r.begin(first(1, 'ab'), 3), r.add(1, part('cd'), true)]],
    ['is empty', (r) => [r.begin(first(1, 'ab'), 3), r.add(1, part(''), true)]],
    ['has no reply before it', (r) => [r.begin(first(1, 'ab'), 3), r.forget(1), r.add(1, part('c'), true)]],
  ])('refuses what breaks the protocol: %s', (message, run) => {
    expect(() => run(createReassembly(100))).toThrow(message);
  });
});
