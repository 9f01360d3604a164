import type { CallContext } from '../../core/index.ts';

/** What a signal can end. */
interface Endable {
  cancel(reason: unknown): void;
}

/** The call ends with its caller's signal and the incoming call's. Returns how to let go of them, where there is one. */
export function endWith(
  call: Endable,
  signal: AbortSignal | undefined,
  incoming: CallContext | undefined,
): (() => void) | undefined {
  const release = follow(call, signal);
  const incomingSignal = incoming?.signal;
  const releaseIncoming = incomingSignal === signal ? undefined : follow(call, incomingSignal);
  if (releaseIncoming === undefined) return release;
  return () => {
    release?.();
    releaseIncoming();
  };
}

function follow(call: Endable, signal: AbortSignal | undefined): (() => void) | undefined {
  if (signal === undefined) return undefined;
  const onAbort = () => call.cancel(signal.reason);
  if (signal.aborted) {
    onAbort();
    return undefined;
  }
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}
