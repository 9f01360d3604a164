import type { ServerDuplexStream } from '@grpc/grpc-js';

import { etcdError } from '../errors.ts';
import { serviceError } from './unary.ts';

type OpenStream = Pick<ServerDuplexStream<unknown, unknown>, 'on' | 'emit'>;

/** The streams that are open, so that closing the server need not wait for their clients. */
export interface OpenStreams {
  add(call: OpenStream): void;
  /** Ends all of them with etcd's "server stopped". */
  endAll(): void;
}

/** No streams yet. */
export function createOpenStreams(): OpenStreams {
  const calls = new Set<OpenStream>();
  return {
    add(call) {
      calls.add(call);
      const forget = () => calls.delete(call);
      call.on('cancelled', forget);
      call.on('close', forget);
    },
    endAll() {
      for (const call of calls) call.emit('error', serviceError(etcdError('STOPPED')));
      calls.clear();
    },
  };
}
