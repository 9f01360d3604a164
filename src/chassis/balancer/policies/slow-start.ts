/** How a new endpoint is led up to its share. */
export interface SlowStartOptions {
  /** An endpoint carries its whole weight once it has been ready for this long, in milliseconds; 0: at once. Default 10,000. */
  readonly slowStartMs?: number | undefined;
  /** The part of its weight a new endpoint begins with, above 0 and at most 1. Default 0.1. */
  readonly slowStartFloor?: number | undefined;
}

/** Ten seconds: what Node needs until what it runs all the time is compiled and its pools are full. */
export const DEFAULT_SLOW_START = { slowStartMs: 10_000, slowStartFloor: 0.1 };

/**
 * The part of its weight that an endpoint carries `ageMs` after this client first saw it ready: grows evenly from the floor
 * to 1. Only what it carries beside its peers matters, so that endpoints which a client finds together when it starts, all
 * of them new to it, share the calls by their weights from the first one on.
 * Source: Envoy's slow start mode, which counts from the host's own time of joining.
 */
export function slowStartShare(
  ageMs: number,
  { slowStartMs, slowStartFloor }: Required<Readonly<Record<keyof SlowStartOptions, number>>>,
): number {
  return ageMs >= slowStartMs ? 1 : Math.max(slowStartFloor, ageMs / slowStartMs);
}
