import type { Balancer, PickInfo, PickResult } from '../balancer/index.ts';
import { abortError, keepAlive } from '../core/index.ts';

/** What a picker that need not wait says. */
export type Pick = Exclude<PickResult, { kind: 'queue' }>;

/** Asks each picker that comes until one need not wait. Rejects with an AbortError when the call's signal fires first. */
export async function nextPick(balancer: Balancer, call: PickInfo & { readonly signal: AbortSignal }): Promise<Pick> {
  for (;;) {
    await nextPicker(balancer, call.signal);
    const pick = balancer.picker.pick(call);
    if (pick.kind !== 'queue') return pick;
  }
}

/** grpc-js holds the event loop for calls, not while it connects; a call that waits here is none of its calls yet. */
function nextPicker(balancer: Balancer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal));
    const release = keepAlive();
    const settle = (done: () => void) => {
      release();
      stop();
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const onAbort = () => settle(() => reject(abortError(signal)));
    const stop = balancer.events.on('picker', () => settle(resolve));
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
