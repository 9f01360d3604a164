import type { Backlog } from '../diagnostics/index.ts';
import type { PartStore } from './part-store.ts';

/** A step takes a second; one that was not over for so long waits for somebody, in seconds. */
const UNDER_WAY_SECONDS = 120;

/** Steps that are not over: those that get on, and those that wait for an operator. */
export function partBacklogs(name: string, store: Pick<PartStore, 'count'>): readonly Backlog[] {
  return [
    {
      name: `steps of ${name} under way`,
      warnAfterSeconds: UNDER_WAY_SECONDS,
      advice: `See why they fail with GET /parts?part=${name} at this admin port, and mend what they wait for.`,
      async measure() {
        const { underWay: count, oldestUnderWaySeconds: oldestSeconds } = await store.count();
        return { count, oldestSeconds };
      },
    },
    {
      name: `parked steps of ${name}`,
      warnAfterSeconds: 0,
      advice: `See why with GET /parts?part=${name}&parked=true at this admin port, then have each tried again with POST /parts/${name}/<id>/resume.`,
      async measure() {
        const { parked: count, oldestParkedSeconds: oldestSeconds } = await store.count();
        return { count, oldestSeconds };
      },
    },
  ];
}
