/**
 * The names of the metadata our processes exchange, in lower case as HTTP/2 wants them. Both ends of the chassis and the
 * gateway read them here.
 */
export const HEADERS = {
  /** Names the call in every log line on every hop. */
  callId: 'x-tradewind-call-id',
  /** "1": this call is a retry somewhere above; callees do not retry again (chain stop). */
  retry: 'x-tradewind-retry',
  /** "critical", "normal" or "sheddable": what is refused first under overload. Absent: what the contract says. */
  priority: 'x-tradewind-priority',
  /** "Bearer <token>" of the user the call is made for. */
  authorization: 'authorization',
  /** Source: https://www.w3.org/TR/trace-context/ */
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  /** Source: https://www.w3.org/TR/baggage/ */
  baggage: 'baggage',
  /** What is left of the caller's deadline. Source: gRPC over HTTP/2, "Timeout". */
  timeout: 'grpc-timeout',
  /** A serialized google.rpc.Status, in trailers. */
  statusDetails: 'grpc-status-details-bin',
  /** In trailers: milliseconds to wait before a retry; negative: do not retry. Source: gRFC A6. */
  retryPushback: 'grpc-retry-pushback-ms',
  /** In trailers, "1": the failure is that of a call further down, which was tried again there already. */
  retried: 'x-tradewind-retried',
} as const;
