/**
 * What goes wrong with a mutation on purpose. Each kind counts per idempotency key, so that a client which repeats a
 * request under its key, as it should, gets through where getting through is possible.
 */
export type Fault =
  /** The effect happens at once, the answer comes late: the client has long given up. Repeats answer at once. */
  | 'late-reply'
  /** Effect and answer both come late. Until then repeats get 409 IDEMPOTENCY_KEY_IN_USE, and a look-up IN_PROGRESS. */
  | 'late-effect'
  /** The effect happens, the connection is cut instead of an answer. Repeats get the answer. */
  | 'reply-lost'
  /** So many refusals without an effect, then all is well. `times` of Infinity: for ever. */
  | { readonly refuses: 500 | 503; readonly times: number };
