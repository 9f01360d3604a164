import { backoffMs, type Clock, type Random } from '../../core/index.ts';
import { leaveStream, type EtcdClient } from './etcd-client.ts';
import type { EtcdClients } from './etcd-clients.ts';
import { createStreamInbox } from './stream-inbox.ts';

const BACKOFF = { baseMs: 50, maxMs: 500 };

/**
 * The part of its TTL after which a lease that was not renewed is given up, counted from when the last renewal was asked
 * for: etcd counts from when it heard of it, which is later, so it never gives up before us.
 */
const TRUSTED_PART = 0.8;

/** What keeping a lease alive needs. */
export interface KeepAliveOptions {
  readonly clients: EtcdClients;
  readonly clock: Clock;
  readonly random: Random;
  readonly leaseId: string;
  readonly ttlSeconds: number;
  /** When the lease was asked for, on the monotonic clock. */
  readonly grantedMs: number;
  /** Called after each answer of etcd that came in time, with when it was asked for. */
  readonly onRenewed: (askedMs: number) => void;
  /** Asked after each answer; rejects when what the lease holds is not there any more. */
  readonly checkKey: (client: EtcdClient, signal: AbortSignal) => Promise<void>;
  /** Fires when nobody wants the lease any more. */
  readonly signal: AbortSignal;
}

/**
 * Renews the lease every third of its TTL until it is lost, and then rejects with why: etcd says that it is gone, what
 * it held has vanished, or it was not renewed for four fifths of its TTL by the monotonic clock, frozen or not, while
 * etcd would still wait. A broken stream alone loses nothing: it is opened again. Rejects with an AbortError when the
 * signal fires. Leaves no stream and no timer behind.
 */
export async function keepLeaseAlive(options: KeepAliveOptions): Promise<never> {
  const { clock, random, ttlSeconds, signal } = options;
  const trustedMs = ttlSeconds * 1_000 * TRUSTED_PART;
  const ended = new AbortController();
  const either = AbortSignal.any([ended.signal, signal]);
  let renewedMs = options.grantedMs;
  let lastFailure: unknown;

  const isTrusted = (nowMs: number) => nowMs - renewedMs < trustedMs;
  const onRenewed = (askedMs: number) => {
    renewedMs = askedMs;
    // An answer read after a freeze may be older than the lease's time.
    if (isTrusted(clock.monotonicMs())) options.onRenewed(askedMs);
  };

  const doubt = async (): Promise<never> => {
    for (;;) {
      const leftMs = renewedMs + trustedMs - clock.monotonicMs();
      if (leftMs <= 0) throw new LeaseLost(`not renewed for ${trustedMs} ms`, lastFailure);
      await clock.sleep(leftMs, either);
    }
  };

  const renew = async (): Promise<never> => {
    for (let failures = 1; ; failures++) {
      const before = renewedMs;
      try {
        await renewOnOneStream({ ...options, signal: either, onRenewed });
      } catch (error) {
        if (either.aborted || error instanceof LeaseLost) throw error;
        lastFailure = error;
        if (renewedMs !== before) failures = 1;
        await clock.sleep(backoffMs(failures, BACKOFF, random), either);
      }
    }
  };

  const parts = [doubt(), renew()];
  try {
    return await Promise.race(parts);
  } finally {
    ended.abort();
    await Promise.allSettled(parts);
  }
}

/** The lease is of no use any more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

async function renewOnOneStream(options: KeepAliveOptions): Promise<never> {
  const { clients, clock, leaseId, ttlSeconds, onRenewed, checkKey, signal } = options;
  const thirdMs = (ttlSeconds * 1_000) / 3;
  const client = clients.open();
  try {
    const stream = await client.openKeepAlive();
    try {
      const inbox = createStreamInbox(stream, clock);
      for (;;) {
        const askedMs = clock.monotonicMs();
        stream.write({ ID: leaseId });
        const answer = await inbox.next({ signal, timeoutMs: thirdMs });
        if (answer === undefined) {
          client.reportSilence();
          throw new Error(`etcd did not answer a keepalive within ${Math.round(thirdMs)} ms`);
        }
        if (Number(answer.TTL) <= 0) throw new LeaseLost('etcd says that the lease is gone');
        onRenewed(askedMs);
        await checkKey(client, signal);
        await clock.sleep(thirdMs, signal);
      }
    } finally {
      leaveStream(stream);
    }
  } finally {
    client.close();
  }
}
