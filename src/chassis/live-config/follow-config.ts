import { AppError, createEmitter, type Events } from '../core/index.ts';
import type { ValueWatcher } from '../registry/index.ts';

/** Which configuration is in force, for the admin port. */
export interface LiveConfigStatus {
  readonly source: 'default' | 'registry';
  /** How many were in force before it. */
  readonly generation: number;
  /** Why the value in the registry is not the one in force; undefined: it is, or there is none. */
  readonly rejected: string | undefined;
}

/** What happens to a configuration. */
export interface LiveConfigEvents {
  configured: { readonly source: LiveConfigStatus['source']; readonly generation: number };
  /** The registry holds one that is not valid: the one before stays in force. */
  configRejected: { readonly error: AppError };
}

/** A configuration that an operator changes while it is in use. */
export interface LiveConfig<Config> extends AsyncDisposable {
  readonly config: Config;
  readonly status: LiveConfigStatus;
  readonly events: Events<LiveConfigEvents>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Where a configuration comes from. */
export interface LiveConfigOptions<Config> {
  /** The value in the registry; owned from here on. Undefined: there is no registry, `defaults` hold for ever. */
  readonly watcher: ValueWatcher | undefined;
  /** What holds where nothing is written. */
  readonly defaults: Config;
  /** Reads what is written. Throws INVALID_ARGUMENT that names each wrong field: then the one before stays in force. */
  readonly read: (json: string) => Config;
}

/** Follows one configuration. It must be plain JSON: what is written again unchanged is told to nobody. */
export function followConfig<Config>({ watcher, defaults, read }: LiveConfigOptions<Config>): LiveConfig<Config> {
  const events = createEmitter<LiveConfigEvents>();
  let config = defaults;
  let status: LiveConfigStatus = { source: 'default', generation: 0, rejected: undefined };

  const enter = (next: Config, source: LiveConfigStatus['source']) => {
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
      enter(read(value), 'registry');
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
