import { jsonAnswer, type AdminRoute } from '../admin/index.ts';
import { AppError } from '../core/index.ts';
import type { PartStore } from './part-store.ts';

/** So many are shown, the longest parked first. */
const SHOWN = 100;

/** What an operator sees and does about a part, at the admin port of a process that plays it. */
export function partRoutes(name: string, store: Pick<PartStore, 'parked' | 'resume'>): readonly AdminRoute[] {
  return [
    {
      verb: 'GET',
      path: `/parts/${name}`,
      about: `steps of ${name} that wait for an operator, and why`,
      handle: async () => jsonAnswer(200, { parked: await store.parked(SHOWN) }),
    },
    {
      verb: 'POST',
      path: `/parts/${name}/{subject}/resume`,
      about: `has a parked step of ${name} tried again`,
      async handle({ variables: { subject = '' } }) {
        if (!(await store.resume(subject))) throw notParked(name, subject);
        return jsonAnswer(200, { resumed: subject });
      },
    },
  ];
}

function notParked(name: string, subject: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'STEP_NOT_PARKED',
    message: `no step of ${name} waits for an operator at ${subject}`,
  });
}
