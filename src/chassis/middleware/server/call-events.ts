import type { Clock, Emitter } from '../../core/index.ts';
import type { ServerCallEvents } from './events.ts';
import type { ServerPart } from './part.ts';

/** Tells when each call begins and how it ends; a stream that the caller leaves early ends as CANCELLED. */
export function createCallEvents(events: Emitter<ServerCallEvents>, clock: Pick<Clock, 'monotonicMs'>): ServerPart {
  return {
    enter(call) {
      call.startedMs = clock.monotonicMs();
      events.emit('started', { call });
    },
    leave(call) {
      const { status, error, startedMs, span } = call;
      const { transport } = call.incoming;
      const isStream = call.served.kind === 'stream';
      const durationMs = clock.monotonicMs() - startedMs;
      events.emit('ended', { call, span, isStream, status, durationMs, transport, error });
    },
  };
}
