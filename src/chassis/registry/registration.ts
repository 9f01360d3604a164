import {
  abortError,
  backoffMs,
  createBell,
  createEmitter,
  raceAbort,
  type Bell,
  type Clock,
  type Random,
} from '../core/index.ts';
import { formatInstance, type Instance } from './instance.ts';
import { nextState, type RegistrationInput } from './registration-state.ts';
import type { Registration, RegistrationEvents, RegistrationState } from './registry.ts';

/** Waits between attempts to register: short, because nobody finds us meanwhile. */
const BACKOFF = { baseMs: 100, maxMs: 1_000 };

/** A tenure that lasted this long was no failure when it ends: two processes of one id must not race for their key. */
const STABLE_MS = 5_000;

/** The bell wakes those who wait; this is only what a timer needs. */
const LONG_MS = 3_600_000;

/** What is to be listed; changes while a tenure lasts. */
export interface Listing {
  /** As formatInstance writes it, and how many there were before it. */
  readonly current: () => { readonly instance: Instance; readonly value: string; readonly version: number };
  /** Rung at each change. */
  readonly changed: Bell;
}

/** What an adapter is told when it is to register once, and whom it tells. */
export interface Tenure {
  readonly listing: Listing;
  /** The registry holds this version of the value, under this lease; the first time it means: registered. */
  readonly onWritten: (version: number, leaseId: string) => void;
  /** The lease was granted or renewed, which was asked for then, on the monotonic clock. */
  readonly onRenewed: (askedMs: number) => void;
  /** Fires when the registration is closed. */
  readonly signal: AbortSignal;
}

/** What a registration is made with. */
export interface RegistrationOptions {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Registers once and stays: gets a lease, writes the value, keeps both up, writes the value's changes. Rejects with why
   * it could not, or why that ended, and leaves no work behind; what it left in the registry the next tenure cleans up.
   */
  readonly holdTenure: (tenure: Tenure) => Promise<never>;
  /** Withdraws what there may be in the registry; resolves with the error when it could not be told. Never rejects. */
  readonly withdraw: () => Promise<unknown>;
  /** Called once it is closed. */
  readonly onClosed: () => void;
}

/**
 * Registers for ever: one tenure after the other, with full jitter between them, in one loop, so there is never a second
 * attempt beside the first.
 */
export function createRegistration(instance: Instance, options: RegistrationOptions): Registration {
  const { clock, random, holdTenure, withdraw, onClosed } = options;
  const events = createEmitter<RegistrationEvents>();
  const closing = new AbortController();
  const { signal } = closing;
  const changed = createBell(clock);
  const written = createBell(clock);
  let wanted = { instance, value: formatInstance(instance), version: 1 };
  let writtenVersion = 0;
  let state: RegistrationState = { kind: 'listening' };
  let closed: Promise<void> | undefined;
  const apply = (input: RegistrationInput) => {
    state = nextState(state, input);
  };

  const holdOneTenure = (): Promise<never> => {
    let askedMs = clock.monotonicMs();
    apply({ kind: 'attempt', atMs: askedMs });
    return holdTenure({
      listing: { current: () => wanted, changed },
      onWritten(version, leaseId) {
        writtenVersion = version;
        if (state.kind === 'granting') {
          const { failures } = state;
          apply({ kind: 'written', leaseId, atMs: askedMs });
          events.emit('registered', { leaseId, failures });
        }
        written.ring();
      },
      onRenewed(atMs) {
        askedMs = atMs;
        apply({ kind: 'renewed', atMs });
        if (state.kind === 'registered') events.emit('renewed', { atMs });
      },
      signal,
    });
  };

  /** Tells the end of a tenure or of an attempt at one, and how long to wait; `ended` counts those that were short. */
  const onEnded = (error: unknown, ended: number): number => {
    const delayMs = backoffMs(ended, BACKOFF, random);
    if (state.kind === 'registered') {
      const { leaseId } = state;
      apply({ kind: 'lost', error, atMs: clock.monotonicMs() });
      events.emit('lost', { leaseId, error });
    } else {
      apply({ kind: 'failed', error });
      const failures = state.kind === 'granting' ? state.failures : ended;
      events.emit('failed', { error, failures, delayMs });
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
    await running;
    const error = await withdraw();
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
