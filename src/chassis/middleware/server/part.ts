import type { ServerCall } from './server-call.ts';

/**
 * One concern of the server's chain. The unary and the streaming chain are made of the same parts in the same order; both
 * open the call's context around all of them and turn what was thrown into a status.
 */
export interface ServerPart {
  /** Before the handler; throws to refuse the call. Asynchronous only where something has to be waited for. */
  readonly enter?: (call: ServerCall) => Promise<void> | void;
  /** For each message of the request, the one of a unary call included; throws to refuse it. */
  readonly check?: (call: ServerCall, message: unknown) => void;
  /** After the outcome, which the call holds, in reverse order; for every call that `enter` has let in. Does not throw. */
  readonly leave?: (call: ServerCall) => void;
}
