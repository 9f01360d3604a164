import type { Clock } from '../../core/index.ts';
import { leaveStream, type EtcdClient } from './etcd-client.ts';
import { createStreamInbox } from './stream-inbox.ts';

/** What keeping a lease alive needs. */
export interface KeepAliveOptions {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly leaseId: string;
  readonly ttlSeconds: number;
  /** Called after each answer of etcd. */
  readonly onRenewed: () => void;
  /** Asked after each answer: is what the lease holds still there? */
  readonly isHeld: () => Promise<boolean>;
  /** Fires when the registration is closed. */
  readonly signal: AbortSignal;
}

/**
 * Renews the lease every third of its TTL until it is lost, and then rejects with why: etcd says that it is gone, what
 * it held has vanished, the stream broke, or an answer is a third of the TTL late, while etcd would still wait as long.
 * Rejects with an AbortError when the signal fires. Leaves no stream and no timer behind.
 */
export async function keepLeaseAlive(options: KeepAliveOptions): Promise<never> {
  const { client, clock, leaseId, ttlSeconds, onRenewed, isHeld, signal } = options;
  const thirdMs = (ttlSeconds * 1_000) / 3;
  const stream = await client.openKeepAlive();
  try {
    const inbox = createStreamInbox(stream, clock);
    for (;;) {
      stream.write({ ID: leaseId });
      const { TTL } = await inbox.next({ signal, timeoutMs: thirdMs });
      if (Number(TTL) <= 0) throw new Error('etcd says that the lease is gone');
      onRenewed();
      if (!(await isHeld())) throw new Error('somebody else deleted or overwrote the registration');
      await clock.sleep(thirdMs, signal);
    }
  } finally {
    leaveStream(stream);
  }
}
