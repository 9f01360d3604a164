import { expect } from '@jest/globals';

import type { ClientFactory } from '../../src/chassis/client/index.ts';
import { eventually } from './eventually.ts';

/** What behavioural tests of unary calls run over. */
export const TRANSPORTS = ['plain', 'multiplexed'] as const;

/** Waits until calls to `count` endpoints go out as asked for: until a shared stream is open, they are plain. */
export async function connected(
  factory: ClientFactory,
  transport: (typeof TRANSPORTS)[number],
  count = 1,
): Promise<void> {
  await eventually(() => {
    const endpoints = factory.status()[0]?.endpoints.filter(({ state }) => state === 'ready') ?? [];
    expect(endpoints).toHaveLength(count);
    if (transport === 'multiplexed') for (const { sharedStream } of endpoints) expect(sharedStream).toBe('open');
  });
}
