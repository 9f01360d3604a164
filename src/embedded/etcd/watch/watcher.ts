import { inRange, type KeyRange } from '../store/key-range.ts';
import type { Commit, StoreEvent } from '../store/key-value.ts';
import type { Store } from '../store/store.ts';

/** What a client asks to watch. */
export interface WatchRequest {
  readonly range: KeyRange;
  /** The first revision wanted; 0 for "from now on". */
  readonly startRevision: number;
  /** The id the client wants; 0 to be given one. */
  readonly watchId: number;
  /** Whether events carry what the key was before. */
  readonly withPrevious: boolean;
  /** Event types the client does not want. */
  readonly without: readonly StoreEvent['type'][];
  /** Whether an idle watcher is told from time to time how far it has come. */
  readonly progressNotify: boolean;
}

/** The next thing a watcher has to say. */
type WatchStep =
  | { readonly kind: 'events'; readonly revision: number; readonly events: readonly StoreEvent[] }
  | { readonly kind: 'compacted'; readonly compactRevision: number }
  | { readonly kind: 'caught up' };

/** One place in the history that moves on. It keeps no events: whoever is slow reads them from the store later. */
export interface Watcher {
  readonly id: number;
  readonly progressNotify: boolean;
  /** Moves on to the next events that the client wants. */
  next(): WatchStep;
}

/** The most events put together in one answer while catching up; one revision is never cut. As etcd's batches. */
const MAX_EVENTS_PER_STEP = 1000;

/** The same in bytes: gRPC clients refuse messages of more than 4 MiB, and one revision may bring 2 MiB on top. */
const MAX_BYTES_PER_STEP = 1024 * 1024;

/** A watcher at its first revision. */
export function createWatcher(id: number, request: WatchRequest, store: Store): Watcher {
  let nextRevision = request.startRevision === 0 ? store.revision + 1 : Math.max(1, request.startRevision);

  function wanted(commit: Commit): StoreEvent[] {
    const events = commit.events.filter(
      (event) => inRange(request.range, event.kv.key) && !request.without.includes(event.type),
    );
    // what was before a compacted revision cannot be read any more, so etcd does not tell it
    const tellPrevious = request.withPrevious && commit.revision > store.compactedRevision;
    return tellPrevious ? events : events.map((event) => ({ ...event, previous: undefined }));
  }

  return {
    id,
    progressNotify: request.progressNotify,
    next() {
      if (nextRevision < store.compactedRevision) {
        return { kind: 'compacted', compactRevision: store.compactedRevision };
      }
      const events: StoreEvent[] = [];
      let bytes = 0;
      while (nextRevision <= store.revision && events.length < MAX_EVENTS_PER_STEP && bytes < MAX_BYTES_PER_STEP) {
        const commit = store.commitAt(nextRevision);
        for (const event of commit === undefined ? [] : wanted(commit)) {
          events.push(event);
          bytes += event.kv.value.length + (event.previous?.value.length ?? 0);
        }
        nextRevision += 1;
      }
      if (events.length === 0) return { kind: 'caught up' };
      return { kind: 'events', revision: nextRevision - 1, events };
    },
  };
}
