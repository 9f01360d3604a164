import { abortError, backoffMs, createEmitter, raceAbort, type Clock, type Random } from '../../core/index.ts';
import { formatInstance, type Instance } from '../instance.ts';
import type { Registration, RegistrationEvents, RegistrationState } from '../registry.ts';
import type { EtcdClient } from './etcd-client.ts';
import { keepLeaseAlive } from './keepalive.ts';
import { instanceKey } from './keys.ts';

/** Waits between attempts to register: short, because nobody finds us meanwhile. */
const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/** What a registration is made with. It owns the client. */
export interface EtcdRegistrationOptions {
  readonly client: EtcdClient;
  /** Called once it is closed. */
  readonly onClosed: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly ttlSeconds: number;
}

/**
 * Registers for ever: grant, put, keep alive; after any loss grant again, with full jitter. One loop does it all, so
 * there is never a second attempt beside the first. The key moves to the new lease before the old one is revoked: who
 * only lost a connection is never gone from the list.
 */
export function createEtcdRegistration(instance: Instance, options: EtcdRegistrationOptions): Registration {
  const { client, onClosed, clock, random, ttlSeconds } = options;
  const key = instanceKey(instance);
  const value = formatInstance(instance);
  const events = createEmitter<RegistrationEvents>();
  const closing = new AbortController();
  const { signal } = closing;
  const leases = new Set<string>(); // granted and not known to be revoked
  let state: RegistrationState = { kind: 'granting', failures: 0 };
  let closed: Promise<void> | undefined;

  const registerOnce = async (failures: number): Promise<string> => {
    const leaseId = await client.grant(ttlSeconds);
    leases.add(leaseId);
    signal.throwIfAborted();
    await client.put(key, value, leaseId);
    signal.throwIfAborted();
    state = { kind: 'registered', leaseId, lastKeepaliveMs: clock.monotonicMs() };
    events.emit('registered', { leaseId, failures });
    return leaseId;
  };

  const stayRegistered = async (leaseId: string): Promise<unknown> => {
    await revoke([...leases].filter((id) => id !== leaseId));
    const onRenewed = () => {
      state = { kind: 'registered', leaseId, lastKeepaliveMs: clock.monotonicMs() };
    };
    const isHeld = () => client.holds(key, leaseId);
    return keepLeaseAlive({ client, clock, leaseId, ttlSeconds, onRenewed, isHeld, signal }).catch((error) => error);
  };

  /** Best effort: what cannot be revoked now, etcd lets expire. */
  const revoke = async (ids: readonly string[]): Promise<unknown> => {
    const results = await Promise.allSettled(ids.map((id) => client.revoke(id)));
    for (const id of ids) leases.delete(id);
    return results.find((result) => result.status === 'rejected')?.reason;
  };

  const run = async () => {
    let failures = 0;
    while (!signal.aborted) {
      let delayMs: number;
      try {
        const leaseId = await registerOnce(failures);
        failures = 0;
        const error = await stayRegistered(leaseId);
        if (signal.aborted) break;
        state = { kind: 'granting', failures };
        events.emit('lost', { leaseId, error });
        delayMs = backoffMs(1, BACKOFF, random);
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        state = { kind: 'granting', failures };
        delayMs = backoffMs(failures, BACKOFF, random);
        events.emit('failed', { error, failures, delayMs });
      }
      await clock.sleep(delayMs, signal).catch(() => undefined); // closed
    }
  };
  const running = run();

  const shutDown = async () => {
    closing.abort();
    await running;
    const error = await revoke([...leases]);
    client.close();
    onClosed();
    state = { kind: 'revoked' };
    events.emit('revoked', error === undefined ? {} : { error });
  };
  const close = () => (closed ??= shutDown());

  return {
    instance,
    get state() {
      return state;
    },
    events,
    registered(waiting) {
      if (state.kind === 'registered') return Promise.resolve();
      if (signal.aborted) return Promise.reject(abortError(signal));
      let stop: () => void = () => undefined;
      const written = new Promise<void>((resolve) => (stop = events.on('registered', () => resolve())));
      const either = waiting === undefined ? signal : AbortSignal.any([waiting, signal]);
      return raceAbort(written, either).finally(() => stop());
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
