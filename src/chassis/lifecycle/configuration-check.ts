import type { TargetStatus } from '../client/index.ts';
import type { Check } from '../health/index.ts';

/**
 * The component `configuration`: degraded while the registry holds a service config that this process refuses. The last good
 * one stays in force, so nothing is taken out.
 */
export function configurationCheck(targets: () => readonly TargetStatus[]): Check {
  return async () => {
    const refused = targets().flatMap(({ target, config }) =>
      config.rejected === undefined ? [] : [`the service config of ${target} is not valid: ${config.rejected}`],
    );
    return refused.length === 0 ? { status: 'healthy' } : { status: 'degraded', why: refused.join('; ') };
  };
}
