import { eventually } from '../eventually.ts';

/** A process that was killed is ready again well within this. */
const BACK_WITHIN_MS = 15_000;

/**
 * GET, asked again for a while where nobody answers: the server was killed, so that the connection that was kept from an
 * earlier question is gone, or its successor does not listen yet.
 */
export async function ask(url: string): Promise<Response> {
  return eventually(() => fetch(url), { timeoutMs: BACK_WITHIN_MS });
}
