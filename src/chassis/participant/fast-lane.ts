import { readFileSync } from 'node:fs';

import { AppError, type Clock, type NewId } from '../core/index.ts';
import { traceEvent } from '../events/index.ts';
import {
  createGroupCommit,
  nameLock,
  requestHash,
  type Database,
  type IdempotentCommand,
  type Statement,
} from '../store/index.ts';
import type { Original } from './participant.ts';

/** How many commands are carried out at once. */
export interface FastForm<Command, Response> {
  /**
   * The middle of a statement: common table expressions from `command` (ordinal, and `body` as jsonb) to `done`, as sql/carry-out.sql frames
   * them. It carries out a command only where all its conditions hold, and as `handle` would; of two that cannot both be, at most one. It
   * locks rows in the order in which `handle` does.
   */
  readonly effect: Statement;
  /** What the statement needs to know of a command, as plain JSON. */
  body(command: Command): Readonly<Record<string, unknown>>;
  /** The answer, from the request and from what the statement gave as `outcome`: also when it is asked for again. */
  response(command: Command, outcome: unknown): Response;
  /** How many batches may be on their way at once; default 2. */
  readonly flushers?: number;
}

/** The way that plain commands take. */
export interface FastLane<Command, Response> {
  /** The outcome, durable; undefined when the command was left as if it had never been asked for. */
  submit(record: IdempotentCommand<Response>, command: Command): Promise<NonNullable<unknown> | undefined>;
  response(command: Command, outcome: unknown): Response;
}

/** What a fast lane is made of. */
export interface FastLaneOptions<Command, Response> {
  readonly method: string;
  readonly original: Pick<Original<Command>, 'kind' | 'names'> | undefined;
  readonly fast: FastForm<Command, Response>;
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** A command in line, as the statement wants it. */
interface Line {
  readonly key: string;
  readonly names: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
}

interface DoneRow {
  readonly ordinal: number;
  readonly outcome: NonNullable<unknown>;
  /** Of its event; null: it has none. */
  readonly type: string | null;
  readonly aggregate_type: string | null;
}

/** Where the frame has room for a service's own part. */
const ROOM = '/* effect */';

/** Binds a fast form to its statement and its group commit. */
export function createFastLane<Command, Response>(
  options: FastLaneOptions<Command, Response>,
): FastLane<Command, Response> {
  const { method, original, fast, database, clock, newId } = options;
  const statement = framed(fast.effect);

  const write = async (lines: readonly Line[]): Promise<readonly DoneRow[]> => {
    const json = JSON.stringify(lines.map((line, ordinal) => ({ ordinal, ...line.json })));
    const parameters = [json, method, original?.kind ?? null];
    if (original === undefined) return database.rows<DoneRow>(statement, parameters);
    // The tombstones are looked for by a statement that begins when the names are locked.
    const lock = nameLock({ kind: original.kind, names: lines.flatMap(({ names }) => names) });
    const [, done] = await database.together([lock, { statement, parameters }]);
    return done as readonly DoneRow[]; // as the frame selects them
  };

  const carryOut = async (lines: readonly Line[]) => {
    const done = new Map((await write(lines)).map((row) => [row.ordinal, row]));
    return lines.map((_, ordinal) => done.get(ordinal));
  };

  const group = createGroupCommit<Line, DoneRow | undefined>({
    job: `carry-out ${method}`,
    clock,
    ...(fast.flushers !== undefined && { flushers: fast.flushers }),
    async run(lines) {
      // A key goes once: who repeats it is answered from the record.
      const first = new Map(lines.map((line) => [line.key, line]).reverse() as [string, Line][]);
      const distinct = lines.filter((line) => first.get(line.key) === line);
      try {
        const rows = await carryOut(distinct);
        const given = new Map(distinct.map((line, index) => [line, rows[index]]));
        return lines.map((line) => given.get(line));
      } catch (error) {
        // The data do not let a single command through here; its own transaction finds out why.
        if (lines.length === 1 && !(error instanceof AppError)) return [undefined];
        throw error;
      }
    },
  });

  return {
    async submit(record, command) {
      const names = original?.names(command) ?? [];
      const eventId = newId();
      const trace = traceEvent(eventId);
      const done = await group.submit({
        key: record.key,
        names,
        json: {
          key: record.key,
          request_hash: requestHash(record.request).toString('hex'),
          names,
          event_id: eventId,
          trace_parent: trace.traceparent,
          body: fast.body(command),
        },
      });
      if (done?.type && done.aggregate_type) trace.created({ type: done.type, aggregateType: done.aggregate_type });
      return done?.outcome;
    },
    response: (command, outcome) => fast.response(command, outcome),
  };
}

/** A service's part in the frame that makes it happen once. */
function framed(effect: Statement): Statement {
  const frame = readFileSync(new URL('./sql/carry-out.sql', import.meta.url), 'utf8').trim();
  return { name: effect.name, text: frame.replace(ROOM, () => effect.text) };
}
