import type { AdminAnswer, AdminRequest, AdminRoute } from '../admin/index.ts';
import { invalidArgument } from '../core/index.ts';
import type { ProfileKind, ProfileRecorder } from './profile.ts';

/** How long a profile is taken unless the request says otherwise, and at most. */
export const PROFILE_SECONDS = { default: 5, max: 60 } as const;

const KINDS = {
  cpu: { extension: 'cpuprofile', about: 'where the time goes, sampled while the request lasts: a .cpuprofile' },
  heap: {
    extension: 'heapprofile',
    about: 'what allocates the memory that is still held, sampled likewise: a .heapprofile',
  },
} as const satisfies Record<ProfileKind, object>;

/**
 * POST /profiles/cpu and /profiles/heap, both with `?seconds=N`. Not GET: a page in an operator's browser, or whoever follows
 * every link of the index, must not slow a process down. Whoever leaves ends the profile.
 */
export function profileRoutes({ record }: ProfileRecorder): readonly AdminRoute[] {
  return Object.entries(KINDS).map(([name, { extension, about }]) => {
    const kind = name as ProfileKind; // the table's own keys
    const handle = async ({ query, signal }: AdminRequest): Promise<AdminAnswer> => {
      const profile = await record(kind, { durationMs: secondsOf(query) * 1_000, signal });
      return {
        status: 200,
        type: 'application/json',
        headers: { 'content-disposition': `attachment; filename="tradewind.${extension}"` },
        body: JSON.stringify(profile),
      };
    };
    return { verb: 'POST', path: `/profiles/${kind}`, about: `${about} (?seconds=${PROFILE_SECONDS.default})`, handle };
  });
}

/** Throws INVALID_ARGUMENT, naming the field. */
function secondsOf(query: URLSearchParams): number {
  const text = query.get('seconds') ?? String(PROFILE_SECONDS.default);
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= PROFILE_SECONDS.max) return seconds;
  throw invalidArgument([{ field: 'seconds', description: `must be a whole number from 1 to ${PROFILE_SECONDS.max}` }]);
}
