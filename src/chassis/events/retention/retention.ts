/** How long events are kept, in days. */
export interface Retention {
  /** What a publisher can still be asked for: a consumer may be away so long, and no longer. */
  readonly outboxDays: number;
  /**
   * How long a consumer knows what it has handled. Longer than any publisher keeps its events: one that could be read again after its row has
   * gone would take effect a second time.
   */
  readonly inboxDays: number;
}

/** A week to come back, and another in which what comes again is known. */
export const RETENTION_DEFAULTS: Retention = { outboxDays: 7, inboxDays: 14 };
