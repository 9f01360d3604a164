import { abortError, createDeferred } from '../../core/index.ts';
import { singleKey } from './etcd-client.ts';
import { followKeys, type FollowOptions, type KeyChange, type KeyValue } from './follow-keys.ts';
import { LeaseLost } from './keepalive.ts';

/**
 * What the registry should hold under our key, and how to tell whether it does. Our own writes come back as events, some
 * while their answers are still under way.
 */
export interface OwnKey {
  /** We are about to write this value. */
  writing(value: string): void;
  /** etcd holds it since this revision. */
  written(revision: string): void;
  /** Why the key, as read (undefined: not there), is not ours any more; undefined when it is, or that is old news. */
  objection(kv: Omit<KeyValue, 'key'> | undefined): string | undefined;
  /** The same of an event of a watch. */
  objectionTo(change: KeyChange): string | undefined;
}

/** Nothing written yet. */
export function createOwnKey(leaseId: string): OwnKey {
  let value: string | undefined;
  let writtenRevision = 0n;

  const objection = (kv: Omit<KeyValue, 'key'> | undefined): string | undefined => {
    if (kv === undefined) return 'somebody deleted the registration';
    if (BigInt(kv.modRevision) <= writtenRevision) return undefined;
    return kv.leaseId === leaseId && kv.value === value ? undefined : 'somebody overwrote the registration';
  };
  return {
    writing: (next) => void (value = next),
    written: (revision) => void (writtenRevision = BigInt(revision)),
    objection,
    objectionTo: (change) =>
      change.kind === 'put'
        ? objection(change.kv)
        : BigInt(change.modRevision) <= writtenRevision
          ? undefined
          : objection(undefined),
  };
}

/** What watching our own key needs. */
export interface GuardOptions extends Pick<FollowOptions, 'clients' | 'clock' | 'random' | 'requestTimeoutMs'> {
  readonly key: string;
  readonly signal: AbortSignal;
}

/**
 * Watches our own key; rejects with LeaseLost once it is not ours any more, and with an AbortError when the signal fires.
 * That the watch breaks is no loss: it is made again, and each keepalive looks at the key too.
 */
export async function guardOwnKey(own: OwnKey, { key, signal, ...options }: GuardOptions): Promise<never> {
  const { promise, reject } = createDeferred<never>();
  const check = (objection: string | undefined) => {
    if (objection !== undefined) reject(new LeaseLost(objection));
  };
  const onAbort = () => reject(abortError(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const { clients, clock, random, requestTimeoutMs } = options;
  const follower = followKeys({
    ...{ clients, clock, random, requestTimeoutMs, range: singleKey(key) },
    onList: ([kv]) => check(own.objection(kv)),
    onChanges: (changes) => changes.forEach((change) => check(own.objectionTo(change))),
    onInterrupted: () => undefined,
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await follower.close();
  }
}
