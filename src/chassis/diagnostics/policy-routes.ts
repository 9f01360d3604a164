import { jsonAnswer, type AdminRoute } from '../admin/index.ts';
import type { TargetStatus } from '../client/index.ts';
import type { Guarded } from '../resilience/index.ts';

/** What is refused before anybody works on it, and what is counted for that. */
export interface PolicySources {
  /** Every target the process calls. */
  readonly targets: () => readonly TargetStatus[];
  /** What the service's own policies guard, by name. */
  readonly guards: () => Readonly<Record<string, Guarded>>;
}

/** Breakers and limits, of calls to other processes and of exchanges with the outside. */
export function policyRoutes({ targets, guards }: PolicySources): readonly AdminRoute[] {
  const guarded = () => Object.entries(guards()).map(([guard, { status }]) => ({ guard, status: status?.() }));
  return [
    {
      verb: 'GET',
      path: '/breakers',
      about: 'every circuit breaker: its state and how many calls it refused',
      handle: () =>
        jsonAnswer(200, {
          targets: targets().map(({ target, breakers }) => ({ target, breakers })),
          guards: guarded().map(({ guard, status }) => ({ guard, breakers: status?.breakers ?? [] })),
        }),
    },
    {
      verb: 'GET',
      path: '/limits',
      about: 'bulkheads and retry budgets: who is in, who waits, how many were refused',
      handle: () =>
        jsonAnswer(200, {
          targets: targets().map(({ target, bulkhead, retryBudget }) => ({ target, bulkhead, retryBudget })),
          guards: guarded().map(({ guard, status }) => ({ guard, bulkheads: status?.bulkheads ?? [] })),
        }),
    },
  ];
}
