import type { Check } from '../admin/index.ts';
import type { Clock } from '../core/index.ts';
import type { Registration, RegistrationState } from '../registry/index.ts';

/** The component `registry` of readiness: healthy while callers can find this process, else since when and why not. */
export function registrationCheck(registration: Registration, clock: Clock): Check {
  return async () => {
    const { state } = registration;
    if (state.kind !== 'registered') throw new Error(describeAbsence(state, clock.monotonicMs()));
  };
}

function describeAbsence(state: RegistrationState, nowMs: number): string {
  if (state.kind !== 'lost' && state.kind !== 'granting') return `registration is ${state.kind}`;
  const seconds = ((nowMs - state.sinceMs) / 1_000).toFixed(1);
  const attempts = state.kind === 'granting' && state.failures > 0 ? ` (${state.failures} attempts failed)` : '';
  const why = state.error === undefined ? '' : `: ${state.error instanceof Error ? state.error.message : 'unknown'}`;
  return `registration is ${state.kind}, not listed for ${seconds} s${attempts}${why}`;
}
