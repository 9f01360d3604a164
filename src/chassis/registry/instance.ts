import { z } from 'zod';

/** One running copy of a process, as its registration says. */
export interface Instance {
  /** "order": whose calls it serves. */
  readonly process: string;
  /** Names this copy among all, over restarts too: a restart is another instance. */
  readonly id: string;
  /** host:port of its gRPC server. */
  readonly address: string;
  /** Its share of the calls against its peers' weights; default 100. */
  readonly weight: number;
  readonly zone: string;
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** host:port of its HTTP admin server. */
  readonly adminAddress?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The weight of an instance that names none. */
export const DEFAULT_WEIGHT = 100;

const instanceSchema = z.object({
  process: z.string().min(1),
  id: z.string().min(1),
  address: z.string().regex(/^.+:\d{1,5}$/, 'must be host:port'),
  weight: z.number().int().min(0).default(DEFAULT_WEIGHT),
  zone: z.string().default(''),
  version: z.string().default(''),
  startedAt: z.string().default(''),
  adminAddress: z.string().optional(),
  metadata: z.record(z.string(), z.string()).default({}),
}) satisfies z.ZodType<Instance>;

/** An instance, or why the text is none. */
export type ParsedInstance =
  { readonly kind: 'instance'; readonly instance: Instance } | { readonly kind: 'malformed'; readonly reason: string };

/** The value of a registration: JSON. */
export function formatInstance(instance: Instance): string {
  return JSON.stringify(instance);
}

/** Reads what formatInstance wrote, an older version of us wrote (fields with defaults may be missing), or nonsense. */
export function parseInstance(text: string): ParsedInstance {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'malformed', reason: 'not JSON' };
  }
  const parsed = instanceSchema.safeParse(json);
  if (parsed.success) return { kind: 'instance', instance: parsed.data };
  const reason = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  return { kind: 'malformed', reason };
}
