import { isEmptyRange } from '../store/key-range.ts';
import type { StoreEvent } from '../store/key-value.ts';
import type { Store } from '../store/store.ts';
import { createWatcher, type Watcher, type WatchRequest } from './watcher.ts';

/** One answer on a watch stream, as etcd's WatchResponse. */
export interface WatchResponse {
  /** -1 speaks to all watchers of the stream. */
  readonly watchId: number;
  readonly revision: number;
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly cancelReason?: string;
  readonly compactRevision?: number;
  readonly events?: readonly StoreEvent[];
}

/** Sends one answer; false asks to wait for `ready()` before sending events again. */
export type SendWatchResponse = (response: WatchResponse) => boolean;

/** All watchers of one gRPC stream. */
export interface WatchStream {
  create(request: WatchRequest): void;
  /** Says nothing about a watcher that is not there, as etcd. */
  cancel(watchId: number): void;
  /** Answers once every watcher has been told all that happened so far. */
  requestProgress(): void;
  /** Tells every watcher what it does not know yet, as far as the client takes it. */
  pump(): void;
  /** The client takes more. */
  ready(): void;
  /** Tells the watchers that asked for it, and heard nothing since the last time, where they are. */
  notifyProgress(): void;
}

/** A stream without watchers. */
export function createWatchStream(store: Store, send: SendWatchResponse): WatchStream {
  const watchers = new Map<number, Watcher>();
  const quiet = new Set<Watcher>();
  let nextId = 0;
  let open = true;
  let progressRequested = false;

  function say(response: WatchResponse): void {
    if (!send(response)) open = false;
  }

  function chooseId(wanted: number): number {
    if (wanted !== 0) return wanted;
    while (watchers.has(nextId)) nextId += 1;
    return nextId++;
  }

  function drop(watcher: Watcher): void {
    watchers.delete(watcher.id);
    quiet.delete(watcher);
  }

  /** Says one thing; false when the watcher has no more to say. */
  function advance(watcher: Watcher): boolean {
    const step = watcher.next();
    if (step.kind === 'caught up') return false;
    if (step.kind === 'events') {
      quiet.delete(watcher);
      say({ watchId: watcher.id, revision: step.revision, events: step.events });
      return true;
    }
    drop(watcher);
    say({ watchId: watcher.id, revision: 0, canceled: true, compactRevision: step.compactRevision });
    return false;
  }

  function pump(): void {
    for (const watcher of watchers.values()) {
      while (open && advance(watcher)) continue;
      if (!open) return;
    }
    if (!progressRequested) return;
    progressRequested = false;
    say({ watchId: -1, revision: store.revision });
  }

  return {
    create(request) {
      const refusal = refusalOf(request, watchers);
      if (refusal !== undefined) {
        say({ watchId: -1, revision: store.revision, created: true, canceled: true, cancelReason: refusal });
        return;
      }
      const watcher = createWatcher(chooseId(request.watchId), request, store);
      watchers.set(watcher.id, watcher);
      quiet.add(watcher);
      say({ watchId: watcher.id, revision: store.revision, created: true });
      pump();
    },
    cancel(watchId) {
      const watcher = watchers.get(watchId);
      if (watcher === undefined) return;
      drop(watcher);
      say({ watchId, revision: store.revision, canceled: true });
    },
    requestProgress() {
      progressRequested = true;
      pump();
    },
    pump,
    ready() {
      open = true;
      pump();
    },
    notifyProgress() {
      for (const watcher of watchers.values()) {
        if (!watcher.progressNotify || !open) continue;
        if (quiet.has(watcher)) say({ watchId: watcher.id, revision: store.revision });
        quiet.add(watcher);
      }
    },
  };
}

/** etcd's reasons not to create a watcher. Source: mvcc/watcher.go. */
function refusalOf(request: WatchRequest, watchers: ReadonlyMap<number, Watcher>): string | undefined {
  if (isEmptyRange(request.range)) return 'mvcc: watcher range is empty';
  if (request.watchId !== 0 && watchers.has(request.watchId)) {
    return 'mvcc: duplicate watch ID provided on the WatchStream';
  }
  return undefined;
}
