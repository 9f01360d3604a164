import { createBell, isAbortError, type Clock, type Emitter } from '../../core/index.ts';
import type { Database } from '../../store/index.ts';
import { PARTITIONS } from '../partition.ts';
import type { ConsumerEvents } from './events.ts';
import type { MemberNames } from './inbox.ts';
import { inboxStatements } from './statements.ts';

/**
 * Which partitions a member of a consumer reads: its share of all, by claims in the consumer's database. A member of an older release, which handles
 * fewer types than another one, has no share.
 */
export interface PartitionClaims {
  /** Rises whenever the member's partitions are others, or begin elsewhere. */
  readonly generation: number;
  readonly held: readonly number[];
  /** Resolves when the generation is another one. */
  changed(generation: number, signal: AbortSignal): Promise<void>;
  /** Has the database asked again at once: something said that the claims are not what they seemed. */
  doubt(): void;
  /** Beats until the signal fires, then lets go of everything. */
  run(signal: AbortSignal): Promise<void>;
}

/** A member that was not heard of for so long has lost its partitions, in milliseconds. */
const LEASE_MS = 3_000;
/** Between two heartbeats, in milliseconds. */
const BEAT_MS = 1_000;
const LONG_MS = 3_600_000;

/** A partition that is held, and what its holder shows when it moves the position. */
interface Claim {
  readonly partition: number;
  readonly token: string;
}

interface BeatRow {
  readonly members: number;
  readonly held: readonly number[];
  /** Of those held, in their order. */
  readonly tokens: readonly string[];
  /** An operator has paused the consumer, or a member of a newer release reads. */
  readonly rests: boolean;
}

const partitionsOf = (claims: readonly Claim[]) => claims.map(({ partition }) => partition);
const nameOf = (claims: readonly Claim[]) => claims.map(({ partition, token }) => `${partition}:${token}`).join();

/** Holds nothing yet. */
export function createPartitionClaims(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly names: MemberNames;
  /** What it has handlers for: where another member handles all of these and more, it holds nothing. */
  readonly types: readonly string[];
  readonly events: Emitter<ConsumerEvents>;
}): PartitionClaims {
  const { database, clock, types, events } = options;
  const { consumer, source, member } = options.names;
  const statements = inboxStatements();
  const us = [consumer, source, member] as const;
  const changes = createBell(clock);
  const doubts = createBell(clock);
  let held: readonly Claim[] = [];

  /** Reads with these from now on. */
  function hold(now: readonly Claim[], members: number): void {
    if (nameOf(now) === nameOf(held)) return;
    const isElsewhere = partitionsOf(now).join() !== partitionsOf(held).join();
    held = now;
    changes.ring();
    if (!isElsewhere) return; // an operator has moved a position: the same partitions are read from there
    events.emit('assigned', { consumer, source, partitions: partitionsOf(held), members });
  }

  async function beat(): Promise<void> {
    const row = await database.one<BeatRow>(statements.beat, [...us, LEASE_MS, types]);
    if (row === undefined) throw new Error('beat gives one row');
    const share = row.rests ? 0 : Math.ceil(PARTITIONS / row.members);
    const now: readonly Claim[] = row.held.map((partition, index) => ({ partition, token: row.tokens[index] ?? '' }));
    if (now.length > share) {
      hold(now.slice(0, share), row.members);
      // What is in the middle of a batch at this moment is let go at the next heartbeat: it is no longer read.
      await database.execute(statements['release-partitions'], [...us, partitionsOf(now.slice(share))]);
      return;
    }
    const parameters = [...us, LEASE_MS, share - now.length];
    const claimed = now.length < share ? await database.rows<Claim>(statements['claim-partitions'], parameters) : [];
    hold(
      [...now, ...claimed].sort((one, other) => one.partition - other.partition),
      row.members,
    );
  }

  async function leave(): Promise<void> {
    held = [];
    changes.ring();
    await database.execute(statements.leave, us);
  }

  return {
    get generation() {
      return changes.rings;
    },
    get held() {
      return partitionsOf(held);
    },
    changed: (generation, signal) => changes.after(generation, { timeoutMs: LONG_MS, signal }),
    doubt: () => doubts.ring(),
    async run(signal) {
      await database.execute(statements['open-partitions'], [consumer, source, PARTITIONS]);
      try {
        while (!signal.aborted) {
          const { rings } = doubts;
          await beat();
          await doubts.after(rings, { timeoutMs: BEAT_MS, signal });
        }
      } catch (error) {
        if (!isAbortError(error)) throw error;
      } finally {
        await leave();
      }
    },
  };
}
