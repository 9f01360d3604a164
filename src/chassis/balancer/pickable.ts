import type { ReadyEndpoint } from './picker.ts';

/** A READY endpoint, and what else is known of it. */
export interface Candidate extends ReadyEndpoint {
  /** It says that it serves, or does not tell. */
  readonly isServing: boolean;
  /** It failed more than the others, and is left alone for a while. */
  readonly isEjected: boolean;
}

/** Whom calls go to, and whether that had to be more than wished. */
export interface Pickable {
  readonly endpoints: readonly ReadyEndpoint[];
  /**
   * `ejected`: so few of those who serve are left that the ejected are used too. `unhealthy`: so few serve that all are
   * used. What looks like everybody's failure is more often a wrong measure than the end of all.
   */
  readonly panic: 'none' | 'ejected' | 'unhealthy';
}

/**
 * With 2 to 4 endpoints it takes that nobody is left; large fleets stop trusting the measure below a quarter, because the
 * few that are left could not carry the rest. Source of the idea: Envoy's panic threshold.
 */
export const DEFAULT_PANIC_BELOW = 0.25;

/** Those who serve and are not ejected; more when they are less than the part `panicBelow` of the candidates, or none. */
export function pickableOf(candidates: readonly Candidate[], panicBelow: number): Pickable {
  const enough = (part: readonly Candidate[], whole: readonly Candidate[]) =>
    part.length > 0 && part.length >= panicBelow * whole.length;
  const serving = candidates.filter(({ isServing }) => isServing);
  if (!enough(serving, candidates)) return { endpoints: candidates, panic: 'unhealthy' };
  const trusted = serving.filter(({ isEjected }) => !isEjected);
  return enough(trusted, serving) ? { endpoints: trusted, panic: 'none' } : { endpoints: serving, panic: 'ejected' };
}
