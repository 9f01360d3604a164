/** When a process has too many calls. */
export interface SheddingOptions {
  /**
   * How long work may wait for the event loop, in milliseconds, averaged over a window; beyond, with the loop busy, the
   * process is overloaded. Lower it where callers' deadlines are short.
   */
  readonly targetDelayMs: number;
  /** The part of the time, from 0 to 1, that the event loop must be busy for a delay to count as overload. */
  readonly minUtilisation: number;
}

/**
 * Defaults. A tenth of a second: a Node process that many callers keep busy on purpose turns in less, and a call that waits
 * longer at each hop is late for people. (WeChat's DAGOR takes 20 ms, on threads that share no loop.)
 */
export const DEFAULT_SHEDDING: SheddingOptions = { targetDelayMs: 100, minUtilisation: 0.9 };
