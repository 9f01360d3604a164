/** Listens to one part's typed events; returns how to stop. */
export interface Events<EventMap extends object> {
  on<Name extends keyof EventMap>(name: Name, listener: (event: EventMap[Name]) => void): () => void;
}

/** The emitting side of Events, kept by the part that owns it. */
export interface Emitter<EventMap extends object> extends Events<EventMap> {
  emit<Name extends keyof EventMap>(name: Name, event: EventMap[Name]): void;
}

/**
 * A typed, synchronous emitter. The chassis says what happens through these; telemetry turns it into logs and metrics.
 * A listener that throws surfaces at the emitting call: listeners are ours and must not throw.
 */
export function createEmitter<EventMap extends object>(): Emitter<EventMap> {
  const listeners = new Map<keyof EventMap, Set<(event: never) => void>>();
  return {
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      set.add(listener);
      return () => set.delete(listener);
    },
    emit(name, event) {
      const set = listeners.get(name);
      if (set === undefined) return;
      for (const listener of set) listener(event as never); // the map pairs names with events
    },
  };
}
