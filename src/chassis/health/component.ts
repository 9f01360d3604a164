/** What a look at one component finds. `degraded` is worth an operator's look and takes nothing out; `unhealthy` does. */
export type Finding =
  | { readonly status: 'healthy'; readonly parts?: readonly Part[] }
  | { readonly status: 'degraded' | 'unhealthy'; readonly why: string; readonly parts?: readonly Part[] };

/** One of several things that a component is made of: one neighbour of all. */
export interface Part {
  readonly name: string;
  readonly status: Finding['status'];
  readonly why?: string;
  /** Whether the process can do its work without it; absent: that makes no difference. */
  readonly need?: 'required' | 'optional';
}

/** A component as it is told. `since` is wall time in milliseconds: when it came to be healthy, degraded or unhealthy. */
export type ComponentState = Finding & { readonly since: number };

/** A component between two looks. */
export type Component =
  /** Not looked at yet: it counts as unhealthy. */
  | { readonly kind: 'starting'; readonly told: ComponentState }
  | { readonly kind: 'known'; readonly told: ComponentState }
  /** Found better than it is told since `sinceMs` on the monotonic clock; `worst` is the worst that was found since. */
  | { readonly kind: 'recovering'; readonly told: ComponentState; readonly worst: Finding; readonly sinceMs: number };

/** The two clocks at one moment, in milliseconds. */
export interface Moment {
  readonly wall: number;
  readonly monotonicMs: number;
}

/**
 * So long a component has to be found better without a break before it is told so, in milliseconds: what comes and goes
 * within it counts as gone, and callers are not sent to and fro.
 */
export const RECOVERY_MS = 2_000;

/** How bad it is; higher is worse. */
const RANK: Readonly<Record<Finding['status'], number>> = { healthy: 0, degraded: 1, unhealthy: 2 };

/** True where the first is worse than the second. */
export function isWorse(one: Finding['status'], other: Finding['status']): boolean {
  return RANK[one] > RANK[other];
}

/** The worst of these; healthy where there are none. */
export function worstOf(statuses: readonly Finding['status'][]): Finding['status'] {
  return statuses.reduce((worst, status) => (isWorse(status, worst) ? status : worst), 'healthy');
}

/** A component that was not looked at yet. */
export function startingComponent(wall: number): Component {
  return { kind: 'starting', told: { status: 'unhealthy', why: 'starting', since: wall } };
}

/** The one place where a component changes: worse at once, better after RECOVERY_MS, the first look at once. */
export function observe(component: Component, finding: Finding, now: Moment): Component {
  const { told } = component;
  if (component.kind === 'starting' || isWorse(finding.status, told.status)) return known(finding, now.wall);
  if (finding.status === told.status) return known(finding, told.since);
  if (component.kind === 'known') return recovering(told, finding, now);
  const worst = isWorse(component.worst.status, finding.status) ? component.worst : finding;
  if (now.monotonicMs - component.sinceMs < RECOVERY_MS) return { ...component, worst };
  const better = known(worst, now.wall);
  return worst.status === finding.status ? better : recovering(better.told, finding, now);
}

function known(finding: Finding, since: number): Component {
  return { kind: 'known', told: { ...finding, since } };
}

function recovering(told: ComponentState, worst: Finding, { monotonicMs }: Moment): Component {
  return { kind: 'recovering', told, worst, sinceMs: monotonicMs };
}
