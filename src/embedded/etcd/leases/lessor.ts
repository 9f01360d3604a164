import type { Clock, Random, Timer } from '../../../chassis/core/index.ts';
import { etcdError } from '../errors.ts';
import type { KeyText, LeaseId } from '../store/key-value.ts';
import type { LeaseBook } from './lease-book.ts';

/** etcd's shortest lease at its default election timeout; a shorter wish is raised to it. Source: lease/lessor.go. */
const MINIMUM_TTL_SECONDS = 2;

/** etcd's longest lease. Source: lease/lessor.go, MaxLeaseTTL. */
const MAXIMUM_TTL_SECONDS = 9_000_000_000;

/** One lease as its holder may see it. */
interface LeaseView {
  readonly id: LeaseId;
  readonly grantedTtlSeconds: number;
  /** Whole seconds that are left, rounded down. */
  readonly remainingTtlSeconds: number;
  readonly keys: readonly KeyText[];
}

/** Grants leases and ends them; a lease that ends takes its keys with it in one revision. */
export interface Lessor {
  /** Id 0 asks for one. Throws when the id is taken or the time is beyond etcd's maximum. */
  grant(id: LeaseId, ttlSeconds: number): { readonly id: LeaseId; readonly ttlSeconds: number };
  /** Throws when there is no such lease. */
  revoke(id: LeaseId): void;
  /** Starts the lease's time again and returns it in seconds; 0 when there is no such lease. */
  renew(id: LeaseId): number;
  /** Undefined when there is no such lease. */
  find(id: LeaseId): LeaseView | undefined;
  /** All leases, the one that ends first in front. */
  list(): LeaseId[];
  /** Stops the timer; nothing expires after it. */
  close(): void;
}

/** What a lessor needs. */
export interface LessorOptions {
  readonly book: LeaseBook;
  readonly clock: Clock;
  readonly random: Random;
  /** Deletes the keys of a lease that ended, in one revision. */
  readonly deleteKeys: (keys: readonly KeyText[]) => void;
}

interface Lease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  readonly expiresAtMs: number;
}

/** A lessor without leases. One timer waits for the earliest end. */
export function createLessor({ book, clock, random, deleteKeys }: LessorOptions): Lessor {
  const leases = new Map<LeaseId, Lease>();
  let alarm: { readonly atMs: number; readonly timer: Timer } | undefined;

  function end(id: LeaseId): void {
    const keys = book.keys(id);
    leases.delete(id);
    deleteKeys(keys);
    book.remove(id);
  }

  function expireDue(): void {
    alarm = undefined;
    const now = clock.monotonicMs();
    for (const lease of leases.values()) if (lease.expiresAtMs <= now) end(lease.id);
    let earliestMs = Infinity;
    for (const lease of leases.values()) earliestMs = Math.min(earliestMs, lease.expiresAtMs);
    setAlarm(earliestMs);
  }

  /** A renewal moves an end away only, so the alarm may come early, never late. */
  function setAlarm(atMs: number): void {
    if (atMs === Infinity || (alarm !== undefined && alarm.atMs <= atMs)) return;
    alarm?.timer.cancel();
    alarm = { atMs, timer: clock.setTimer(Math.max(0, Math.ceil(atMs - clock.monotonicMs())), expireDue) };
  }

  function unusedId(): LeaseId {
    for (;;) {
      const id = Buffer.from(random.bytes(8)).readBigUInt64BE() >> 1n; // positive, as etcd's own choice is
      if (id !== 0n && !leases.has(id)) return id;
    }
  }

  function start(id: LeaseId, ttlSeconds: number): void {
    const expiresAtMs = clock.monotonicMs() + ttlSeconds * 1000;
    leases.set(id, { id, ttlSeconds, expiresAtMs });
    setAlarm(expiresAtMs);
  }

  return {
    grant(wantedId, wantedTtlSeconds) {
      if (wantedTtlSeconds > MAXIMUM_TTL_SECONDS) throw etcdError('LEASE_TTL_TOO_LARGE');
      if (leases.has(wantedId)) throw etcdError('LEASE_EXISTS');
      const id = wantedId === 0n ? unusedId() : wantedId;
      const ttlSeconds = Math.max(MINIMUM_TTL_SECONDS, wantedTtlSeconds);
      book.add(id);
      start(id, ttlSeconds);
      return { id, ttlSeconds };
    },
    revoke(id) {
      if (!leases.has(id)) throw etcdError('LEASE_NOT_FOUND');
      end(id);
    },
    renew(id) {
      const lease = leases.get(id);
      if (lease === undefined) return 0;
      start(id, lease.ttlSeconds);
      return lease.ttlSeconds;
    },
    find(id) {
      const lease = leases.get(id);
      if (lease === undefined) return undefined;
      const remainingTtlSeconds = Math.max(0, Math.floor((lease.expiresAtMs - clock.monotonicMs()) / 1000));
      return { id, grantedTtlSeconds: lease.ttlSeconds, remainingTtlSeconds, keys: book.keys(id) };
    },
    list: () => [...leases.values()].sort((a, b) => a.expiresAtMs - b.expiresAtMs).map((lease) => lease.id),
    close() {
      alarm?.timer.cancel();
      alarm = undefined;
      leases.clear();
    },
  };
}
