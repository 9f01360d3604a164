import { newId as systemNewId, type Clock, type NewId } from '../../chassis/core/index.ts';
import { openJournal, type JournalPosition } from './journal.ts';

/** One thing that happened, as it stands in the file: one JSON line. */
export interface Operation<Event> {
  /** 1, 2, 3... without a gap. */
  readonly sequence: number;
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly idempotencyKey: string;
  /** Of the request that caused it: tells the same request again from another one under the same key. */
  readonly fingerprint: string;
  readonly event: Event;
}

/** A key that was used, and where its operation is. */
export interface UsedKey {
  readonly fingerprint: string;
  readonly position: JournalPosition;
}

/** Part of the log, oldest first. */
export interface OperationPage<Event> {
  readonly operations: readonly Operation<Event>[];
  /** Pass it as `after` for what follows. */
  readonly nextAfter: number;
  readonly hasMore: boolean;
}

/** What an operation log is opened with. */
export interface OperationLogOptions<Event> {
  readonly file: string;
  readonly clock: Clock;
  readonly newId?: NewId;
  /** Folds one event into the caller's state: each event of the file at opening, then each one committed. */
  readonly apply: (event: Event) => void;
}

/** The record of a stand-in: everything that ever happened there, in order, found again by its idempotency key. */
export interface OperationLog<Event> {
  readonly repairedBytes: number;
  /** Applies the event at once and queues it for the disk; nobody may be told before `settled` resolves. */
  commit(entry: Pick<Operation<Event>, 'idempotencyKey' | 'fingerprint' | 'event'>): void;
  find(idempotencyKey: string): UsedKey | undefined;
  read(position: JournalPosition): Promise<Operation<Event>>;
  page(after: number, limit: number): Promise<OperationPage<Event>>;
  settled(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the log and replays it through `apply`. Only places are kept in memory, the operations stay in the file.
 * Rejects with JournalCorruptError when the file is damaged.
 */
export async function openOperationLog<Event>(options: OperationLogOptions<Event>): Promise<OperationLog<Event>> {
  const { file, clock, apply, newId = systemNewId } = options;
  const positions: JournalPosition[] = [];
  const keys = new Map<string, UsedKey>();

  function remember(operation: Operation<Event>, position: JournalPosition): void {
    positions.push(position);
    keys.set(operation.idempotencyKey, { fingerprint: operation.fingerprint, position });
    apply(operation.event);
  }

  const journal = await openJournal({
    file,
    // Only this module writes the file, so a line that is JSON is an operation.
    onLine: (line, position) => remember(line as Operation<Event>, position),
  });

  async function read(position: JournalPosition): Promise<Operation<Event>> {
    await journal.settled();
    return (await journal.read(position)) as Operation<Event>; // as above
  }

  return {
    repairedBytes: journal.repairedBytes,
    commit(entry) {
      const operation: Operation<Event> = {
        sequence: positions.length + 1,
        id: `op_${newId()}`,
        createdAt: new Date(clock.now()).toISOString(),
        ...entry,
      };
      remember(operation, journal.append(operation));
    },
    find: (idempotencyKey) => keys.get(idempotencyKey),
    read,
    async page(after, limit) {
      const operations = await Promise.all(positions.slice(after, after + limit).map(read));
      const nextAfter = Math.max(after, operations.at(-1)?.sequence ?? 0);
      return { operations, nextAfter, hasMore: positions.length > nextAfter };
    },
    settled: () => journal.settled(),
    close: () => journal.close(),
  };
}
