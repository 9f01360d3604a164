import type { Finding, HealthReport } from '../health/index.ts';

/** What /health/ready answers. */
export interface ReadinessJson {
  /** By which load balancers and orchestrators go: 200 and 503. */
  readonly status: 'ready' | 'not-ready';
  /** The worst component's. */
  readonly health: Finding['status'];
  /** `since` is RFC 3339; the rest is as the component told it. */
  readonly components: Readonly<Record<string, Finding & { readonly since: string }>>;
}

/** A report as JSON. */
export function readinessJson({ isReady, status, components }: HealthReport): ReadinessJson {
  return {
    status: isReady ? 'ready' : 'not-ready',
    health: status,
    components: Object.fromEntries(
      Object.entries(components).map(([name, state]) => [
        name,
        { ...state, since: new Date(state.since).toISOString() },
      ]),
    ),
  };
}
