import { createBell, isAbortError, type Clock, type Emitter } from '../../core/index.ts';
import type { Database } from '../../store/index.ts';
import { PARTITIONS } from '../partition.ts';
import type { ConsumerEvents } from './events.ts';
import type { MemberNames } from './inbox.ts';
import { inboxStatements } from './statements.ts';

/** Which partitions a member of a consumer reads: its share of all, by claims in the consumer's database. */
export interface PartitionClaims {
  /** Rises whenever the member's partitions are others. */
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

/** Holds nothing yet. */
export function createPartitionClaims(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly names: MemberNames;
  readonly events: Emitter<ConsumerEvents>;
}): PartitionClaims {
  const { database, clock, events } = options;
  const { consumer, source, member } = options.names;
  const statements = inboxStatements();
  const us = [consumer, source, member] as const;
  const changes = createBell(clock);
  const doubts = createBell(clock);
  let held: readonly number[] = [];

  const release = (partitions: readonly number[] | null) =>
    database.execute(statements['release-partitions'], [...us, partitions]);

  async function beat(): Promise<void> {
    const row = await database.one<{ members: number; held: number[] }>(statements.beat, [...us, LEASE_MS]);
    if (row === undefined) throw new Error('beat gives one row');
    const share = Math.ceil(PARTITIONS / row.members);
    let now: readonly number[] = row.held;
    if (now.length > share) {
      const surplus = now.slice(share);
      await release(surplus);
      now = now.slice(0, share);
    } else if (now.length < share) {
      const claimed = await database.rows<{ partition: number }>(statements['claim-partitions'], [
        ...us,
        LEASE_MS,
        share - now.length,
      ]);
      now = [...now, ...claimed.map(({ partition }) => partition)].sort((a, b) => a - b);
    }
    if (now.join() === held.join()) return;
    held = now;
    changes.ring();
    events.emit('assigned', { consumer, source, partitions: held, members: row.members });
  }

  async function leave(): Promise<void> {
    held = [];
    changes.ring();
    await release(null);
    await database.execute(statements.leave, us);
  }

  return {
    get generation() {
      return changes.rings;
    },
    get held() {
      return held;
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
