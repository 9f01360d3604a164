import type { Clock, Timer } from '../../../chassis/core/index.ts';
import type { Store } from '../store/store.ts';
import { createWatchStream, type SendWatchResponse, type WatchStream } from './watch-stream.ts';

/** Every watch stream of the server: each commit reaches all of them. */
export interface WatchHub {
  /** Call `leave` when the client goes. */
  join(send: SendWatchResponse): { readonly stream: WatchStream; readonly leave: () => void };
  /** Says nothing any more. */
  close(): void;
}

/** What a hub needs. */
export interface WatchHubOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** How often idle watchers that asked for it hear how far they are. */
  readonly progressNotifyIntervalMs: number;
}

/** A hub without streams. */
export function createWatchHub({ store, clock, progressNotifyIntervalMs }: WatchHubOptions): WatchHub {
  const streams = new Set<WatchStream>();
  const stopListening = store.events.on('commit', () => {
    for (const stream of streams) stream.pump();
  });
  let timer: Timer = clock.setTimer(progressNotifyIntervalMs, notify);

  function notify(): void {
    for (const stream of streams) stream.notifyProgress();
    timer = clock.setTimer(progressNotifyIntervalMs, notify);
  }

  return {
    join(send) {
      const stream = createWatchStream(store, send);
      streams.add(stream);
      return { stream, leave: () => void streams.delete(stream) };
    },
    close() {
      timer.cancel();
      stopListening();
      streams.clear();
    },
  };
}
