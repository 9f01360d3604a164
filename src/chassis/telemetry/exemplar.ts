/** One of what a bucket counts that somebody can look at: a call whose trace was recorded. */
export interface Exemplar {
  /** Of its span. */
  readonly traceparent: string;
  /** In seconds. */
  readonly value: number;
  /** In milliseconds since the epoch. */
  readonly atMs: number;
}
