import { AppError, abortError, type Clock, type Random } from '../../core/index.ts';
import type { Registry } from '../registry.ts';
import { staticRegistration, staticValueWatcher } from '../static/index.ts';
import { createDnsLookup } from './dns-lookup.ts';
import { parseDnsName } from './dns-name.ts';
import { createDnsWatcher, toInstance, type DnsWatchOptions } from './dns-watcher.ts';

/** What a registry in the name system is made with. */
export interface DnsRegistryOptions extends DnsWatchOptions {
  /** The name of a process, `{process}` in its place: "_grpc._tcp.{process}.shop.internal", "{process}.shop:50051". */
  readonly pattern: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Finds processes by names that somebody else keeps: an orchestrator's headless services, a zone file. Registering
 * changes nothing and succeeds; which processes there are nobody can ask; no key has a value. Throws when the pattern
 * is none.
 */
export function createDnsRegistry({ pattern, ...options }: DnsRegistryOptions): Registry {
  if (!pattern.includes('{process}')) throw new Error(`"${pattern}" does not say where {process} goes`);
  const nameOf = (process: string) => parseDnsName(pattern.replaceAll('{process}', process));
  nameOf('any');
  const lookup = createDnsLookup(options);
  const open = new Set<AsyncDisposable>();
  let closed: Promise<void> | undefined;
  const keep = <Part extends AsyncDisposable>(create: () => Part): Part => {
    if (closed !== undefined) throw new Error('the registry is closed');
    const part = create();
    open.add(part);
    return part;
  };
  const closeAll = async () => {
    await Promise.all([...open].map((part) => part[Symbol.asyncDispose]()));
  };
  const close = () => (closed ??= closeAll());

  return {
    isReadOnly: true,
    register: (instance) => keep(() => staticRegistration(instance)),
    watch: (process) =>
      keep(() => {
        const onClosed = () => open.delete(watcher);
        const watcher = createDnsWatcher({ ...options, process, name: nameOf(process), lookup, onClosed });
        return watcher;
      }),
    watchValue: (key) => keep(() => staticValueWatcher(key)),
    async list(process, signal = NEVER) {
      try {
        return (await lookup(nameOf(process), signal)).map((address) => toInstance(process, address));
      } catch (error) {
        if (signal.aborted) throw abortError(signal);
        throw new AppError({
          status: 'UNAVAILABLE',
          reason: 'REGISTRY_UNAVAILABLE',
          domain: 'tradewind',
          message: 'the name system does not answer',
          cause: error,
        });
      }
    },
    async processes() {
      throw new AppError({
        status: 'UNIMPLEMENTED',
        reason: 'REGISTRY_CANNOT_LIST',
        domain: 'tradewind',
        message: 'the name system is asked for one name at a time: it cannot say which processes there are',
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const NEVER = new AbortController().signal;
