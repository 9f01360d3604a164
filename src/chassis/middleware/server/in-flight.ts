import { AppError } from '../../core/index.ts';
import type { ServerPart } from './part.ts';
import type { ServedMethod, ServerCall } from './server-call.ts';

/**
 * The calls being served, so that a server can be emptied. Like grpc-go's GracefulStop with an end to it; grpc-js's own
 * shutdown waits for ever on open streams.
 */
export interface InFlight {
  /** From now on calls are refused: UNAVAILABLE, SERVER_DRAINING, safe to send elsewhere. */
  refuse(): void;
  /** Ends the calls of these kinds: they answer UNAVAILABLE, their handlers' signal fires. */
  end(...kinds: readonly ServedMethod['kind'][]): void;
  /** How many calls are being served, those included whose caller has gone while the handler was at work. */
  readonly count: number;
  /** Resolves when none is. */
  idle(): Promise<void>;
  readonly part: ServerPart;
}

/** The reason of what a draining server refuses or ends. */
export const SERVER_DRAINING = 'SERVER_DRAINING';

/** What calls end with that a draining server refuses or ends: they are safe to send elsewhere, at once. */
export function serverDraining(message: string): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: SERVER_DRAINING,
    message,
    domain: 'tradewind',
    details: [{ kind: 'retryInfo', retryDelayMs: 0 }],
  });
}

/** Makes the record of one server's calls. */
export function createInFlight(): InFlight {
  const calls = new Set<ServerCall>();
  const waiting = new Set<() => void>();
  let isRefusing = false;

  const remove = (call: ServerCall) => {
    calls.delete(call);
    if (calls.size > 0 || waiting.size === 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };

  return {
    refuse: () => {
      isRefusing = true;
    },
    end(...kinds) {
      for (const call of [...calls]) {
        if (!kinds.includes(call.served.kind)) continue;
        call.end(serverDraining('the server is shutting down and ended the call'));
        remove(call);
      }
    },
    get count() {
      return calls.size;
    },
    idle: () => (calls.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve))),
    part: {
      enter(call) {
        if (isRefusing) throw serverDraining('the server is shutting down');
        calls.add(call);
      },
      leave(call) {
        const rest = call.leftBehind;
        if (rest === undefined) return remove(call);
        const removeCall = () => remove(call);
        rest.then(removeCall, removeCall);
      },
    },
  };
}
