import { jsonAnswer, type AdminRoute } from '../admin/index.ts';
import { AppError } from '../core/index.ts';
import type { PartStore } from './part-store.ts';

/** So many are shown, the longest parked first. */
const SHOWN = 100;

/** What an operator sees and does about a part, at the admin port of a process that plays it. */
export function partRoutes(name: string, store: Pick<PartStore, 'parked' | 'park' | 'resume'>): readonly AdminRoute[] {
  return [
    {
      verb: 'GET',
      path: `/parts/${name}`,
      about: `steps of ${name} that wait for an operator, and why`,
      handle: async () => jsonAnswer(200, { parked: await store.parked(SHOWN) }),
    },
    {
      verb: 'POST',
      path: `/parts/${name}/{subject}/park`,
      about: `stops a step of ${name} until it is resumed; its body says why: {"reason": "..."}. An attempt that is under way may still succeed, and then the part goes on`,
      async handle({ variables: { subject = '' }, json }) {
        const error = { status: 'ABORTED', reason: 'PARKED_BY_OPERATOR', message: reasonIn(await json()) };
        if (!(await store.park(subject, error))) throw notUnderWay(name, subject);
        return jsonAnswer(200, { parked: subject });
      },
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

/** Throws INVALID_ARGUMENT (REASON_MISSING): whoever looks at it later wants to know. */
function reasonIn(body: unknown): string {
  const reason = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : undefined;
  if (typeof reason === 'string' && reason.trim() !== '') return reason;
  throw new AppError({
    status: 'INVALID_ARGUMENT',
    reason: 'REASON_MISSING',
    message: 'reason: say why it is stopped',
  });
}

function notUnderWay(name: string, subject: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'STEP_NOT_UNDER_WAY',
    message: `no step of ${name} is under way at ${subject}`,
  });
}

function notParked(name: string, subject: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'STEP_NOT_PARKED',
    message: `no step of ${name} waits for an operator at ${subject}`,
  });
}
