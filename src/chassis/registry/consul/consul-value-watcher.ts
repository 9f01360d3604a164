import type { ValueWatcher } from '../registry.ts';
import { createValueWatcher } from '../watcher.ts';
import type { ConsulWatcherOptions } from './consul-watcher.ts';
import { followIndex } from './follow-index.ts';

/** Follows one key of Consul's key-value store. */
export function createConsulValueWatcher(
  key: string,
  { client, onClosed, ...options }: ConsulWatcherOptions,
): ValueWatcher {
  return createValueWatcher(key, {
    onClosed,
    follow: ({ learn, interrupted }) =>
      followIndex({
        ...options,
        query: (query) => client.value(consulKey(key), query),
        onAnswer: (json) => learn(readValue(json)),
        onInterrupted: interrupted,
      }),
  });
}

/** A leading slash is not part of a key's name in Consul. */
export function consulKey(key: string): string {
  return key.replace(/^\//, '');
}

/** The value of an answer of /v1/kv, which carries it in base64; null there is an empty value. */
export function readValue(json: unknown): string | undefined {
  if (json === undefined) return undefined;
  const [entry] = Array.isArray(json) ? (json as readonly { readonly Value?: unknown }[]) : [];
  if (entry?.Value === null) return '';
  if (typeof entry?.Value !== 'string') throw new Error('Consul answered with something that is no value');
  return Buffer.from(entry.Value, 'base64').toString();
}
