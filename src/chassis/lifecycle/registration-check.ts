import type { Clock } from '../core/index.ts';
import type { Check } from '../health/index.ts';
import type { Registration, RegistrationState } from '../registry/index.ts';

/**
 * The component `registry`: healthy while callers can find this process. Not found yet, it is unhealthy; found once and lost
 * it is degraded, because callers keep those they knew and a registry that is away must not take out everybody.
 */
export function registrationCheck(registration: Registration, clock: Clock): Check {
  let wasRegistered = registration.state.kind === 'registered';
  registration.events.on('registered', () => (wasRegistered = true));
  return async () => {
    const { state } = registration;
    if (state.kind === 'registered') return { status: 'healthy' };
    const why = describeAbsence(state, clock.monotonicMs());
    return { status: wasRegistered ? 'degraded' : 'unhealthy', why };
  };
}

function describeAbsence(state: RegistrationState, nowMs: number): string {
  if (state.kind !== 'lost' && state.kind !== 'granting') return `registration is ${state.kind}`;
  const seconds = ((nowMs - state.sinceMs) / 1_000).toFixed(1);
  const attempts = state.kind === 'granting' && state.failures > 0 ? ` (${state.failures} attempts failed)` : '';
  const why = state.error === undefined ? '' : `: ${state.error instanceof Error ? state.error.message : 'unknown'}`;
  return `registration is ${state.kind}, not listed for ${seconds} s${attempts}${why}`;
}
