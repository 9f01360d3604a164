import { AppError, createEmitter, type Events } from '../core/index.ts';
import type { ValueWatcher } from '../registry/index.ts';
import { parseServiceConfig } from './parse-service-config.ts';
import { completeServiceConfig, type ServiceConfig } from './service-config.ts';

/** Which service config is in force, for the admin port. */
export interface ServiceConfigStatus {
  readonly source: 'default' | 'registry';
  /** How many were in force before it. */
  readonly generation: number;
  /** Why the value in the registry is not the one in force; undefined: it is, or there is none. */
  readonly rejected: string | undefined;
}

/** What happens to a service config. */
export interface ServiceConfigEvents {
  configured: { readonly source: ServiceConfigStatus['source']; readonly generation: number };
  /** The registry holds one that is not valid: the one before stays in force. */
  configRejected: { readonly error: AppError };
}

/** The service config of one target. */
export interface FollowedServiceConfig extends AsyncDisposable {
  readonly config: ServiceConfig;
  readonly status: ServiceConfigStatus;
  readonly events: Events<ServiceConfigEvents>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Follows the value of the watcher, which it owns from here on; without one, and without a value, `defaults` hold. */
export function followServiceConfig(watcher: ValueWatcher | undefined, defaults: ServiceConfig): FollowedServiceConfig {
  const events = createEmitter<ServiceConfigEvents>();
  let config = defaults;
  let status: ServiceConfigStatus = { source: 'default', generation: 0, rejected: undefined };

  const enter = (next: ServiceConfig, source: ServiceConfigStatus['source']) => {
    if (JSON.stringify(next) === JSON.stringify(config) && source === status.source) {
      status = { ...status, rejected: undefined };
      return;
    }
    config = next;
    status = { source, generation: status.generation + 1, rejected: undefined };
    events.emit('configured', { source, generation: status.generation });
  };
  const learn = (value: string | undefined) => {
    if (value === undefined) return enter(defaults, 'default');
    try {
      enter(completeServiceConfig(parseServiceConfig(value), defaults), 'registry');
    } catch (error) {
      const rejected = AppError.from(error);
      status = { ...status, rejected: rejected.message };
      events.emit('configRejected', { error: rejected });
    }
  };
  if (watcher?.value !== undefined) learn(watcher.value);
  const stop = watcher?.events.on('value', ({ value }) => learn(value));

  const close = async () => {
    stop?.();
    await watcher?.close();
  };
  return {
    get config() {
      return config;
    },
    get status() {
      return status;
    },
    events,
    close,
    [Symbol.asyncDispose]: close,
  };
}
