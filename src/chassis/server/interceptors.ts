import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

import type { Clock } from '../core/index.ts';
import { DEADLINE_METADATA } from '../middleware/server/index.ts';

/** Hands grpc-js's deadline on to the middleware, which does not see `grpc-timeout`; what a client wrote there goes. */
export function deadlineInterceptor(clock: Pick<Clock, 'now' | 'monotonicMs'>): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, nextMetadata) {
            const deadline = Number(call.getDeadline());
            if (Number.isFinite(deadline)) {
              metadata.set(DEADLINE_METADATA, String(clock.monotonicMs() + deadline - clock.now()));
            } else {
              metadata.remove(DEADLINE_METADATA);
            }
            nextMetadata(metadata);
          },
        });
      },
    });
}
