/** What the server lets one shared stream use. */
export interface ServerTransportLimits {
  /** Calls begun and not ended on one stream. */
  readonly maxConcurrentCalls: number;
  /** Payload bytes of those calls. */
  readonly maxOutstandingBytes: number;
  /** Payload bytes of one call. */
  readonly maxRequestBytes: number;
  /** Payload bytes of one answer. */
  readonly maxResponseBytes: number;
  /** Keys and values of one call's headers. */
  readonly maxMetadataBytes: number;
  /** Paths kept for one stream. */
  readonly maxMethods: number;
  /** A longer answer is cut into pieces of this. */
  readonly fragmentBytes: number;
  /** Answers that a peer does not read, about: beyond, it is not read from either. */
  readonly maxWaitingBytes: number;
  /** Streams of one connection at a time. */
  readonly maxStreamsPerPeer: number;
}

/** Defaults inside one data centre. */
export const DEFAULT_SERVER_TRANSPORT_LIMITS: ServerTransportLimits = {
  maxConcurrentCalls: 1_000,
  maxOutstandingBytes: 4 * 1024 * 1024,
  maxRequestBytes: 4 * 1024 * 1024,
  maxResponseBytes: 16 * 1024 * 1024,
  maxMetadataBytes: 16 * 1024,
  maxMethods: 1_024,
  fragmentBytes: 16 * 1024,
  maxWaitingBytes: 1024 * 1024,
  maxStreamsPerPeer: 4,
};

/** Counters of one transport service, over all its streams. */
export interface TransportStats {
  /** Open now. */
  streams: number;
  /** Calls begun and not ended now. */
  inFlight: number;
  /** Calls that came, those refused at once among them. */
  started: number;
  /** Streams that were ended because their peer broke the protocol. */
  violations: number;
  /** Streams that were refused: too many of one connection, or while draining. */
  refused: number;
}
