import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock, type Clock } from '../../../src/chassis/core/index.ts';

/** An answer of a stand-in. */
export interface Answer {
  readonly status: number;
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- another company's JSON, checked by the assertions
  readonly replayed: boolean;
}

/** Calls a stand-in's JSON API. */
export function createApi(base: () => string) {
  async function send(method: string, path: string, key?: string, body?: unknown): Promise<Answer> {
    const response = await fetch(base() + path, {
      method,
      headers: {
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const replayed = response.headers.get('idempotent-replayed') === 'true';
    return { status: response.status, body: await response.json(), replayed };
  }
  return {
    send,
    get: (path: string) => send('GET', path),
    post: (path: string, key: string, body: unknown = {}) => send('POST', path, key, body),
    byKey: (key: string) => send('GET', `/v1/idempotency-keys/${encodeURIComponent(key)}`),
  };
}

/** A folder that is gone after the test. */
export async function createFolder(): Promise<{
  readonly path: string;
  file(name: string): string;
  remove(): Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), 'tradewind-sandbox-'));
  return { path, file: (name) => join(path, name), remove: () => rm(path, { recursive: true }) };
}

/** Wall time that only moves when told; everything else as the system's. */
export function createSteppedClock(startMs: number): Clock & { advance(ms: number): void } {
  let nowMs = startMs;
  return {
    ...systemClock,
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
