/** How long calls of a method, and single attempts of them, may take. */
export interface MethodTimeouts {
  /** Over all attempts, in milliseconds. The earlier of this and what the caller says itself holds. */
  readonly callMs?: number | undefined;
  /** One attempt, in milliseconds: then it is cancelled and counts as failed, and another may follow. */
  readonly attemptMs?: number | undefined;
}

/** The time that calls to one target have. */
export interface Timeouts extends MethodTimeouts {
  /** By "/package.Service/Method", or "/package.Service/*". */
  readonly methods: Readonly<Record<string, MethodTimeouts>>;
}

/** Where nobody says anything: the default deadline of the client, and attempts as long as their call. */
export const NO_TIMEOUTS: Timeouts = { methods: {} };

/**
 * What holds for a method: its own times, else its service's, else everybody's. A stream may be meant to last: only what
 * names its method holds for it.
 * Source: the names of gRPC's service config, https://github.com/grpc/grpc-proto/blob/master/grpc/service_config/service_config.proto
 */
export function timeoutsOf(timeouts: Timeouts, { path, isStream }: { path: string; isStream: boolean }) {
  const own = timeouts.methods[path];
  if (isStream) return { callMs: own?.callMs, attemptMs: undefined };
  const ofService = timeouts.methods[`${path.slice(0, path.lastIndexOf('/'))}/*`];
  return {
    callMs: own?.callMs ?? ofService?.callMs ?? timeouts.callMs,
    attemptMs: own?.attemptMs ?? ofService?.attemptMs ?? timeouts.attemptMs,
  };
}

/** The shorter of two times, where there are any. */
export function shorterOf(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}
