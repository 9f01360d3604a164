import { createEmitter } from '../../core/index.ts';
import type { ValueWatcher, ValueWatcherEvents } from '../registry.ts';
import type { ConsulWatcherOptions } from './consul-watcher.ts';
import { followIndex } from './follow-index.ts';

/** Follows one key of Consul's key-value store; a leading slash is not part of the name there. */
export function createConsulValueWatcher(
  key: string,
  { client, onClosed, ...options }: ConsulWatcherOptions,
): ValueWatcher {
  const events = createEmitter<ValueWatcherEvents>();
  let value: string | undefined;
  let isRead = false;

  const follower = followIndex({
    ...options,
    query: (query) => client.value(key.replace(/^\//, ''), query),
    onAnswer(json) {
      const next = readValue(json);
      if (isRead && next === value) return false;
      isRead = true;
      value = next;
      events.emit('value', { value });
      return true;
    },
    onInterrupted: (event) => events.emit('interrupted', event),
  });
  const close = () => follower.close().then(onClosed);

  return {
    key,
    get state() {
      return follower.state;
    },
    get value() {
      return value;
    },
    events,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The value of an answer of /v1/kv, which carries it in base64; null there is an empty value. */
function readValue(json: unknown): string | undefined {
  if (json === undefined) return undefined;
  const [entry] = Array.isArray(json) ? (json as readonly { readonly Value?: unknown }[]) : [];
  if (entry?.Value === null) return '';
  if (typeof entry?.Value !== 'string') throw new Error('Consul answered with something that is no value');
  return Buffer.from(entry.Value, 'base64').toString();
}
