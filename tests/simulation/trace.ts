/** One event of a run. */
export interface TraceEvent {
  readonly atMs: number;
  /** Who: a process, the database, a participant, the operator. */
  readonly who: string;
  /** Which sagas it concerns ("s1"); empty: all of them. */
  readonly sagas: readonly string[];
  readonly text: string;
}

/** What happened in a run, in order. */
export interface Trace {
  readonly events: readonly TraceEvent[];
  /** The same for the same run, to the letter. */
  readonly hash: string;
  tell(who: string, sagas: readonly string[], text: string): void;
}

/** An empty trace. */
export function createTrace(now: () => number): Trace {
  const events: TraceEvent[] = [];
  let low = 0x811c9dc5;
  let high = 0x01000193;
  const add = (text: string) => {
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ (code + at), 0x85ebca6b);
    }
  };
  return {
    events,
    get hash() {
      return [low, high].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('');
    },
    tell(who, sagas, text) {
      const atMs = now();
      events.push({ atMs, who, sagas, text });
      add(`${atMs} ${who} ${sagas.join()} ${text}`);
    },
  };
}

/** The events of some sagas, one a line, with virtual times in milliseconds. */
export function tellStory(events: readonly TraceEvent[], sagas: ReadonlySet<string>): readonly string[] {
  return events
    .filter((event) => event.sagas.length === 0 || event.sagas.some((saga) => sagas.has(saga)))
    .map(({ atMs, who, sagas: about, text }) =>
      `${atMs.toFixed(1).padStart(9)}  ${who.padEnd(9)} ${about.join(',').padEnd(6)} ${text}`.trimEnd(),
    );
}
