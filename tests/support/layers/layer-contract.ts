import { LocalizedMessage } from '../../../gen/google/rpc/error_details.ts';

/**
 * A service that stands on another one of its kind, or at the bottom. In a request `locale` names who asks and `message` is
 * what is asked for; each layer passes it on in its own name, and the bottom does the work.
 */
export const LayerServiceDefinition = {
  name: 'LayerService',
  fullName: 'tradewind.test.v1.LayerService',
  methods: {
    /** Answers the message, or fails as the bottom is told to behave. */
    read: method('Read', { idempotencyLevel: 'NO_SIDE_EFFECTS' }),
    /** Keeps a row in a transaction that takes as many milliseconds as the message says. */
    keep: method('Keep', { idempotencyLevel: 'IDEMPOTENT' }),
    /** Runs a statement that never ends by itself. */
    linger: method('Linger', { idempotencyLevel: 'NO_SIDE_EFFECTS' }),
    /** For this layer alone: how it behaves from here on, as JSON. What it has witnessed is forgotten. */
    behave: method('Behave', {}),
    /** For this layer alone: what it has witnessed, as JSON. */
    witness: method('Witness', { idempotencyLevel: 'NO_SIDE_EFFECTS' }),
  },
} as const;

/** How the bottom answers. */
export interface Behaviour {
  /** UNAVAILABLE, each time. */
  readonly isDown: boolean;
  /** Before it answers, in milliseconds. */
  readonly delayMs: number;
}

/** What one layer saw. Times are on the machine's monotonic clock, which all processes share, in milliseconds. */
export interface Witness {
  /** Calls that reached its handlers. */
  readonly arrivals: number;
  /** How many of each caller's calls were there at the same time at most, by the caller's name. */
  readonly mostAtOnce: Readonly<Record<string, number>>;
  /** What was left of each call's deadline when it came, by call id. */
  readonly remainingMs: Readonly<Record<string, number>>;
  /** When the COMMIT of each call's transaction was sent, and what was left of its deadline then, by call id. */
  readonly commits: Readonly<Record<string, { readonly atMs: number; readonly remainingMs: number }>>;
  /** The lingering statements, by call id. */
  readonly statements: Readonly<Record<string, { readonly startedMs: number; readonly endedMs?: number }>>;
}

/** The machine's monotonic clock, comparable between processes. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function method<Name extends string>(name: Name, options: { idempotencyLevel?: 'NO_SIDE_EFFECTS' | 'IDEMPOTENT' }) {
  return {
    name,
    requestType: LocalizedMessage,
    requestStream: false,
    responseType: LocalizedMessage,
    responseStream: false,
    options,
  } as const;
}
