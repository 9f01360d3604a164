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
 * The part of its weight that an endpoint carries, when it has been ready for `ageMs` and the oldest of its peers for
 * `oldestMs`. Grows evenly from the floor to 1. A client that has just started has seen nobody for long: then the ages
 * are measured against the oldest one, and endpoints found together begin together, with all of their weights.
 * Source: Envoy's slow start mode, which counts from the host's own time of joining.
 */
export function slowStartShare(
  ageMs: number,
  oldestMs: number,
  { slowStartMs, slowStartFloor }: Required<Readonly<Record<keyof SlowStartOptions, number>>>,
): number {
  const windowMs = Math.min(slowStartMs, oldestMs);
  return ageMs >= windowMs ? 1 : Math.max(slowStartFloor, ageMs / windowMs);
}
