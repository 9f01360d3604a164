import type { Plan } from './plan.ts';

/** Leaves out of a failing plan what it fails without: fault after fault, saga after saga, until nothing more can go. */
export async function shrink(plan: Plan, fails: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let smallest = plan;
  for (let before: Plan | undefined; before !== smallest;) {
    before = smallest;
    for (let at = smallest.faults.length - 1; at >= 0; at -= 1) {
      const without = { ...smallest, faults: smallest.faults.filter((_, index) => index !== at) };
      if (await fails(without)) smallest = without;
    }
    for (let at = smallest.sagas.length - 1; at >= 0 && smallest.sagas.length > 1; at -= 1) {
      const without = withoutSaga(smallest, at);
      if (await fails(without)) smallest = without;
    }
  }
  return smallest;
}

/** Commands name sagas by their place. */
function withoutSaga(plan: Plan, at: number): Plan {
  const faults = plan.faults.flatMap((fault) => {
    if (fault.kind !== 'command' || fault.saga < at) return [fault];
    return fault.saga === at ? [] : [{ ...fault, saga: fault.saga - 1 }];
  });
  return { ...plan, sagas: plan.sagas.filter((_, index) => index !== at), faults };
}
