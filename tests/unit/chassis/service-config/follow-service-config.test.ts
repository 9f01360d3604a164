import { describe, expect, it } from '@jest/globals';

import { createEmitter } from '../../../../src/chassis/core/index.ts';
import type { ValueWatcher, ValueWatcherEvents } from '../../../../src/chassis/registry/index.ts';
import { DEFAULT_SERVICE_CONFIG, followServiceConfig } from '../../../../src/chassis/service-config/index.ts';

function watched(initial?: string) {
  const events = createEmitter<ValueWatcherEvents>();
  let isClosed = false;
  const close = async () => void (isClosed = true);
  const watcher: ValueWatcher = {
    key: '/tradewind/config/user',
    state: { kind: 'watching', revision: '1' },
    value: initial,
    events,
    close,
    [Symbol.asyncDispose]: close,
  };
  const followed = followServiceConfig(watcher, DEFAULT_SERVICE_CONFIG);
  const told: string[] = [];
  followed.events.on('configured', ({ source }) => told.push(source));
  followed.events.on('configRejected', ({ error }) => told.push(`rejected: ${error.message}`));
  return { followed, told, put: (value?: string) => events.emit('value', { value }), isClosed: () => isClosed };
}

describe('followServiceConfig', () => {
  it('begins with what is known, follows each change, and goes back to the defaults', () => {
    const { followed, told, put } = watched('{"panicBelow": 0.5}');
    expect(followed.config.panicBelow).toBe(0.5);
    put('{"panicBelow": 0.4}');
    expect([followed.config.panicBelow, followed.status.generation]).toEqual([0.4, 2]);
    put(undefined);
    expect(followed.config).toEqual(DEFAULT_SERVICE_CONFIG);
    expect(told).toEqual(['registry', 'default']);
  });

  it('keeps the last good one, and says why the new one is not in force, until a good one comes', () => {
    const { followed, told, put } = watched('{"panicBelow": 0.5}');
    put('{"panicBelow": 7}');
    expect(followed.config.panicBelow).toBe(0.5);
    expect(followed.status).toEqual({
      source: 'registry',
      generation: 1,
      rejected: 'panicBelow: must be from 0 to 1',
    });
    put('{"panicBelow": 0.5}'); // what is in force anyway
    expect(followed.status.rejected).toBeUndefined();
    expect(told).toEqual(['rejected: panicBelow: must be from 0 to 1']);
  });

  it('closes the watcher and follows no further', async () => {
    const { followed, told, put, isClosed } = watched();
    await followed.close();
    put('{"panicBelow": 0.4}');
    expect([told, isClosed()]).toEqual([[], true]);
  });
});
