import {
  abortError,
  backoffMs,
  createBell,
  createEmitter,
  raceAbort,
  type Clock,
  type Random,
} from '../../core/index.ts';
import { formatInstance, type Instance } from '../instance.ts';
import type { Registration, RegistrationEvents, RegistrationState } from '../registry.ts';
import type { EtcdClients } from './etcd-clients.ts';
import { instanceKey } from './keys.ts';
import { createLeases } from './leases.ts';
import { nextState, type RegistrationInput } from './registration-state.ts';
import { holdTenure } from './tenure.ts';

/** Waits between attempts to register: short, because nobody finds us meanwhile. */
const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/** A tenure that lasted this long was no failure when it ends: two processes of one id must not race for their key. */
const STABLE_MS = 5_000;

/** The bell wakes those who wait; this is only what a timer needs. */
const LONG_MS = 3_600_000;

/** What a registration is made with. */
export interface EtcdRegistrationOptions {
  readonly clients: EtcdClients;
  /** Called once it is closed. */
  readonly onClosed: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly ttlSeconds: number;
  readonly requestTimeoutMs: number;
}

/**
 * Registers for ever: one tenure (a lease and the key under it) after the other, with full jitter between them, in one
 * loop, so there is never a second attempt beside the first. The key moves to the new lease before the old one is
 * revoked: who only lost a connection is never gone from the list.
 */
export function createEtcdRegistration(instance: Instance, options: EtcdRegistrationOptions): Registration {
  const { clients, onClosed, clock, random } = options;
  const events = createEmitter<RegistrationEvents>();
  const closing = new AbortController();
  const { signal } = closing;
  const leases = createLeases(clients, random);
  const changed = createBell(clock);
  const written = createBell(clock);
  let wanted = { instance, value: formatInstance(instance), version: 1 };
  let writtenVersion = 0;
  let state: RegistrationState = { kind: 'listening' };
  let cleaning: Promise<void> = Promise.resolve(); // of leases before the present one
  let closed: Promise<void> | undefined;
  const apply = (input: RegistrationInput) => {
    state = nextState(state, input);
  };

  const holdOneTenure = (): Promise<never> => {
    const leaseId = leases.newId();
    let askedMs = clock.monotonicMs();
    apply({ kind: 'attempt', atMs: askedMs });
    const onWritten = (version: number) => {
      writtenVersion = version;
      if (state.kind === 'granting') {
        const { failures } = state;
        apply({ kind: 'written', leaseId, atMs: askedMs });
        cleaning = leases.revokeAllBut(leaseId);
        events.emit('registered', { leaseId, failures });
      }
      written.ring();
    };
    const onRenewed = (atMs: number) => {
      askedMs = atMs;
      apply({ kind: 'renewed', atMs });
    };
    const listing = { key: instanceKey(instance), current: () => wanted, changed };
    return holdTenure({ ...options, leaseId, listing, onWritten, onRenewed, signal });
  };

  /** `ended`: how many attempts and short tenures ended in a row. */
  const onEnded = (error: unknown, ended: number): number => {
    const delayMs = backoffMs(ended, BACKOFF, random);
    if (state.kind === 'registered') {
      const { leaseId } = state;
      apply({ kind: 'lost', error, atMs: clock.monotonicMs() });
      events.emit('lost', { leaseId, error });
    } else if (state.kind === 'granting') {
      apply({ kind: 'failed', error });
      events.emit('failed', { error, failures: state.failures, delayMs });
    }
    return delayMs;
  };

  const run = async () => {
    for (let ended = 1; ; ended++) {
      const startedMs = clock.monotonicMs();
      const error: unknown = await holdOneTenure().catch((reason: unknown) => reason);
      if (signal.aborted) return;
      if (state.kind === 'registered' && clock.monotonicMs() - startedMs >= STABLE_MS) ended = 1;
      await clock.sleep(onEnded(error, ended), signal).catch(() => undefined); // closed
      if (signal.aborted) return;
    }
  };
  const running = run();

  const shutDown = async () => {
    apply({ kind: 'closing' });
    closing.abort();
    await Promise.all([running, cleaning]);
    const error = await leases.revokeAll();
    onClosed();
    apply({ kind: 'withdrawn' });
    events.emit('revoked', error === undefined ? {} : { error });
  };
  const close = () => (closed ??= shutDown());

  return {
    get instance() {
      return wanted.instance;
    },
    get state() {
      return state;
    },
    events,
    registered(waiting) {
      if (state.kind === 'registered') return Promise.resolve();
      if (signal.aborted) return Promise.reject(abortError(signal));
      let stop: () => void = () => undefined;
      const listed = new Promise<void>((resolve) => (stop = events.on('registered', () => resolve())));
      const either = waiting === undefined ? signal : AbortSignal.any([waiting, signal]);
      return raceAbort(listed, either).finally(() => stop());
    },
    async update(change) {
      const updated = { ...wanted.instance, ...change };
      const version = wanted.version + 1;
      wanted = { instance: updated, value: formatInstance(updated), version };
      changed.ring();
      while (writtenVersion < version) await written.after(written.rings, { signal, timeoutMs: LONG_MS });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
