import { AppError, type Emitter } from '../core/index.ts';
import type { ClientCallEvents, Fallback } from '../middleware/client/index.ts';
import type { Applicant } from './admission.ts';

/** What the call answers, or what its caller's fallback does for the failures that it stands in for. */
export async function orElse(
  calling: Promise<unknown>,
  { statuses, answer }: Fallback,
  { target, method }: Applicant,
  events: Emitter<ClientCallEvents>,
): Promise<unknown> {
  try {
    return await calling;
  } catch (thrown) {
    const error = AppError.from(thrown);
    if (!statuses.includes(error.status)) throw error;
    events.emit('fallbackUsed', { target, method, status: error.status });
    return answer(error);
  }
}
