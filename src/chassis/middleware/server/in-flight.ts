import type { CallContext, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';

import { AppError } from '../../core/index.ts';
import { endable } from './endable.ts';

/**
 * The calls being served, so that a server can be emptied. Like grpc-go's GracefulStop with an end to it; grpc-js's own
 * shutdown waits for ever on open streams.
 */
export interface InFlight {
  /** From now on calls are refused: UNAVAILABLE, SERVER_DRAINING, safe to send elsewhere. */
  refuse(): void;
  /** Ends the calls of one kind: they answer UNAVAILABLE, their handlers' signal fires. */
  end(kind: 'streams' | 'all'): void;
  /** How many calls are being served. */
  readonly count: number;
  /** Resolves when none is. */
  idle(): Promise<void>;
  readonly middleware: ServerMiddleware;
}

interface Tracked {
  readonly isStream: boolean;
  end(error: AppError): void;
}

function draining(message: string): AppError {
  return new AppError({
    status: 'UNAVAILABLE',
    reason: 'SERVER_DRAINING',
    message,
    domain: 'tradewind',
    details: [{ kind: 'retryInfo', retryDelayMs: 0 }],
  });
}

/** Makes the record of one server's calls. */
export function createInFlight(): InFlight {
  const calls = new Set<Tracked>();
  const waiting = new Set<() => void>();
  let isRefusing = false;

  function finish(call: Tracked): void {
    calls.delete(call);
    if (calls.size > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  return {
    refuse: () => {
      isRefusing = true;
    },
    end(kind) {
      for (const call of calls) {
        if (kind === 'all' || call.isStream) call.end(draining('the server is shutting down and ended the call'));
      }
    },
    get count() {
      return calls.size;
    },
    idle: () => (calls.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve))),
    middleware: async function* inFlight<Request, Response>(
      call: ServerMiddlewareCall<Request, Response>,
      context: CallContext,
    ) {
      if (isRefusing) throw draining('the server is shutting down');
      const abort = new AbortController();
      const onAbort = () => abort.abort(context.signal.reason);
      if (context.signal.aborted) onAbort();
      context.signal.addEventListener('abort', onAbort, { once: true });
      const { responses, end } = endable<Response>(call.next(call.request, { ...context, signal: abort.signal }));
      const tracked: Tracked = {
        isStream: call.requestStream || call.responseStream,
        end(error) {
          abort.abort(error);
          end(error);
        },
      };
      calls.add(tracked);
      try {
        return yield* responses;
      } finally {
        context.signal.removeEventListener('abort', onAbort);
        finish(tracked);
      }
    },
  };
}
