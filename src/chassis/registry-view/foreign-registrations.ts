import { AppError, createEmitter, raceAbort, type Clock, type Events, type Timer } from '../core/index.ts';
import type { Instance, Registration, Registry } from '../registry/index.ts';

/** Says in an instance's metadata which process keeps its registration up. */
export const REGISTERED_THROUGH = 'registered-through';

/** How long a registration lasts without a heartbeat, in seconds. */
export const FOREIGN_TTL = { defaultSeconds: 15, minSeconds: 3, maxSeconds: 300 };

/** The registry gets this long to take a registration, in milliseconds. */
const REGISTER_TIMEOUT_MS = 5_000;

/** What was promised to a program. */
export interface Granted {
  readonly instance: Instance;
  readonly ttlSeconds: number;
  /** When it ends unless a heartbeat comes. */
  readonly expireTime: Date;
}

/** What happens to registrations of other programs. */
export interface ForeignRegistrationEvents {
  registered: { readonly process: string; readonly id: string; readonly ttlSeconds: number };
  /** Heartbeats stopped. */
  expired: { readonly process: string; readonly id: string };
  deregistered: { readonly process: string; readonly id: string };
}

/** Names a registration. */
export interface InstanceName {
  readonly process: string;
  readonly id: string;
}

/** Registrations of programs that cannot speak to the registry themselves, kept up by this process while they say they live. */
export interface ForeignRegistrations extends AsyncDisposable {
  readonly events: Events<ForeignRegistrationEvents>;
  /**
   * Lists the instance, or has it replace what this process keeps under its name; 0 seconds means the default. Throws
   * ALREADY_EXISTS (INSTANCE_EXISTS), RESOURCE_EXHAUSTED (TOO_MANY_REGISTRATIONS), FAILED_PRECONDITION
   * (REGISTRY_READ_ONLY), or UNAVAILABLE (REGISTRY_UNAVAILABLE), and then keeps nothing new.
   */
  register(instance: Instance, ttlSeconds: number, signal: AbortSignal): Promise<Granted>;
  /** Throws NOT_FOUND (REGISTRATION_NOT_FOUND). */
  heartbeat(name: InstanceName): Date;
  /** Also when there is none. */
  deregister(name: InstanceName): Promise<void>;
  /** Withdraws all of them. Idempotent. */
  close(): Promise<void>;
}

/** What registrations are kept with. */
export interface ForeignRegistrationsOptions {
  readonly registry: Registry;
  /** The instance that keeps them. */
  readonly through: string;
  /** So many are kept at a time; default 100. */
  readonly maxRegistrations?: number | undefined;
  readonly clock: Clock;
}

interface Kept {
  readonly registration: Registration;
  ttlSeconds: number;
  timer: Timer | undefined;
}

/** Keeps none yet. */
export function createForeignRegistrations(options: ForeignRegistrationsOptions): ForeignRegistrations {
  const { registry, through, maxRegistrations = 100, clock } = options;
  const events = createEmitter<ForeignRegistrationEvents>();
  const kept = new Map<string, Kept>();
  let closed: Promise<void> | undefined;
  const keyOf = ({ process, id }: InstanceName) => `${process}/${id}`;

  const extend = (name: InstanceName, entry: Kept): Date => {
    entry.timer?.cancel();
    entry.timer = clock.setTimer(entry.ttlSeconds * 1_000, () => {
      if (kept.get(keyOf(name)) !== entry) return;
      kept.delete(keyOf(name));
      events.emit('expired', { process: name.process, id: name.id });
      void entry.registration.close(); // which never rejects
    });
    return new Date(clock.now() + entry.ttlSeconds * 1_000);
  };
  const forget = async (name: InstanceName, entry: Kept): Promise<void> => {
    entry.timer?.cancel();
    if (kept.get(keyOf(name)) === entry) kept.delete(keyOf(name));
    await entry.registration.close();
  };

  /** Who is listed under the name and is not ours: a process itself, or a program that another process keeps listed. */
  const assertFree = async ({ process, id }: InstanceName, signal: AbortSignal): Promise<void> => {
    const other = (await registry.list(process, signal)).find((instance) => instance.id === id);
    if (other === undefined || kept.has(`${process}/${id}`)) return;
    const keeper = other.metadata[REGISTERED_THROUGH];
    if (keeper === through) return; // about to leave the list
    throw new AppError({
      status: 'ALREADY_EXISTS',
      reason: 'INSTANCE_EXISTS',
      message:
        keeper === undefined
          ? `${process}/${id} is a process that registered itself`
          : `${process}/${id} is kept by ${keeper}, until heartbeats there stop: send them there, or register again later`,
      ...(keeper === undefined ? {} : { metadata: { registered_through: keeper } }),
    });
  };

  const keep = (instance: Instance): Kept => {
    if (kept.size >= maxRegistrations) {
      throw new AppError({
        status: 'RESOURCE_EXHAUSTED',
        reason: 'TOO_MANY_REGISTRATIONS',
        message: `this process keeps ${maxRegistrations} registrations of other programs, and no more; ask another`,
      });
    }
    const entry: Kept = { registration: registry.register(instance), ttlSeconds: 0, timer: undefined };
    kept.set(keyOf(instance), entry);
    return entry;
  };

  /** Has the registry list it; what does not come about within the time is taken back where it is new. */
  const settle = async (instance: Instance, entry: Kept, isNew: boolean, signal: AbortSignal): Promise<void> => {
    const limit = new AbortController();
    const timer = clock.setTimer(REGISTER_TIMEOUT_MS, () => limit.abort());
    const onAbort = () => limit.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const { weight, zone, version, metadata, transports } = instance;
      const listed = isNew
        ? entry.registration.registered(limit.signal)
        : entry.registration.update({ weight, zone, version, metadata, transports });
      await raceAbort(listed, limit.signal);
    } catch (error) {
      if (isNew) await forget(instance, entry);
      throw new AppError({
        status: 'UNAVAILABLE',
        reason: 'REGISTRY_UNAVAILABLE',
        message: 'the registry did not take the registration in time',
        cause: error,
      });
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  };

  const shutDown = async () => {
    for (const { timer } of kept.values()) timer?.cancel();
    await Promise.all([...kept.values()].map(({ registration }) => registration.close()));
    kept.clear();
  };
  const close = () => (closed ??= shutDown());

  return {
    events,
    async register(given, ttlSeconds, signal) {
      if (registry.isReadOnly) throw readOnly();
      const instance = { ...given, metadata: { ...given.metadata, [REGISTERED_THROUGH]: through } };
      await assertFree(instance, signal);
      if (closed !== undefined) throw notFound(instance);
      let before = kept.get(keyOf(instance));
      if (before !== undefined && isElsewhere(before.registration.instance, instance)) {
        await forget(instance, before);
        before = kept.get(keyOf(instance));
      }
      const entry = before ?? keep(instance);
      entry.ttlSeconds = grantedSeconds(ttlSeconds);
      const isNew = before === undefined;
      await settle(instance, entry, isNew, signal);
      if (isNew) {
        events.emit('registered', { process: instance.process, id: instance.id, ttlSeconds: entry.ttlSeconds });
      }
      return {
        instance: entry.registration.instance,
        ttlSeconds: entry.ttlSeconds,
        expireTime: extend(instance, entry),
      };
    },
    heartbeat(name) {
      const entry = kept.get(keyOf(name));
      if (entry === undefined) throw notFound(name);
      return extend(name, entry);
    },
    async deregister(name) {
      const entry = kept.get(keyOf(name));
      if (entry === undefined) return;
      await forget(name, entry);
      events.emit('deregistered', { process: name.process, id: name.id });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What an update cannot change: it is another instance then, under the same name. */
function isElsewhere(before: Instance, after: Instance): boolean {
  return before.address !== after.address || before.adminAddress !== after.adminAddress;
}

function grantedSeconds(asked: number): number {
  const { defaultSeconds, minSeconds, maxSeconds } = FOREIGN_TTL;
  return asked === 0 ? defaultSeconds : Math.min(Math.max(asked, minSeconds), maxSeconds);
}

function notFound({ process, id }: InstanceName): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'REGISTRATION_NOT_FOUND',
    message: `this process keeps no registration of ${process}/${id} (any more): register again`,
  });
}

function readOnly(): AppError {
  return new AppError({
    status: 'FAILED_PRECONDITION',
    reason: 'REGISTRY_READ_ONLY',
    message: 'this registry is a list that somebody else keeps: nobody can register in it',
  });
}
