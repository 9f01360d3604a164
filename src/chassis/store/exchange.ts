import type pg from 'pg';

import type { Clock } from '../core/index.ts';
import { VALUE_TYPES } from './value-types.ts';

/** A statement as the server gets it. */
export interface Step {
  /** Under which the server keeps it prepared; no other text has it. */
  readonly name: string;
  readonly text: string;
  /** As toWireValue gives them. */
  readonly values: readonly (string | Buffer | null)[];
}

/** What the server answered to one step. */
export interface StepAnswer {
  /** "SELECT", "COMMIT": what the server says that it did. */
  readonly command: string;
  readonly rows: readonly unknown[];
  /** Rows given or changed. */
  readonly rowCount: number;
  /** When it was done, on the monotonic clock. */
  readonly endedAtMs: number;
}

/** Turns one statement's rows from text into objects. */
interface RowReader {
  readonly names: readonly string[];
  readonly parsers: readonly ((text: string) => unknown)[];
}

/** What pg keeps of a connection and uses of it here; its types leave part of it out. */
interface DriverConnection extends pg.Connection {
  /** The text of each statement that the server has prepared, by name. */
  readonly parsedStatements: Readonly<Record<string, string>>;
}

interface FieldDescriptions {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** What is known of the statements that were described on a connection: that does not change while they are prepared. */
const readers = new WeakMap<pg.Connection, Map<string, RowReader>>();

const NO_ROWS: RowReader = { names: [], parsers: [] };

/**
 * Statements that go to the server in one message and are answered in one: one round trip, however many there are. The server skips what
 * follows a statement that failed, up to the end of the exchange. A statement is parsed and described at its first use on a connection only.
 *
 * A class, because one is made for each statement: pg calls the handlers, and `answers` settles when the server has answered all.
 * Source: https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class Exchange {
  readonly answers: Promise<readonly StepAnswer[]>;
  /** Of the steps that went through, in order. */
  readonly ended: StepAnswer[] = [];
  readonly #steps: readonly Step[];
  readonly #clock: Clock;
  #resolve!: (answers: readonly StepAnswer[]) => void;
  #reject!: (error: Error) => void;
  #readers!: Map<string, RowReader>;
  #rows: unknown[] = [];
  #unreadable: Error | undefined;

  constructor(steps: readonly Step[], clock: Clock) {
    this.#steps = steps;
    this.#clock = clock;
    this.answers = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** The step that the server is at. */
  get #step(): Step | undefined {
    return this.#steps[this.ended.length];
  }

  /** pg keeps note of what is prepared, by the name and text of what is being answered. */
  get name(): string | undefined {
    return this.#step?.name;
  }

  get text(): string | undefined {
    return this.#step?.text;
  }

  /** Called by pg when everything before is answered. */
  submit(connection: pg.Connection): Error | null {
    let known = readers.get(connection);
    if (known === undefined) readers.set(connection, (known = new Map()));
    this.#readers = known;
    const parsed = new Set<string>();
    connection.stream.cork();
    try {
      for (const { name, text, values } of this.#steps) {
        if (!parsed.has(name) && (connection as DriverConnection).parsedStatements[name] === undefined) {
          connection.parse({ name, text, types: [] }, true);
        }
        parsed.add(name);
        connection.bind({ statement: name, values: [...values] }, true);
        if (!known.has(name)) connection.describe({ type: 'P' }, true);
        connection.execute(null, true);
      }
      connection.sync();
    } finally {
      connection.stream.uncork();
    }
    return null;
  }

  handleRowDescription({ fields }: FieldDescriptions): void {
    this.#readers.set(this.name ?? '', {
      names: fields.map(({ name }) => name),
      parsers: fields.map(({ dataTypeID }) => VALUE_TYPES.getTypeParser(dataTypeID) as (text: string) => unknown),
    });
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.#unreadable !== undefined) return;
    const { names, parsers } = this.#readers.get(this.name ?? '') ?? NO_ROWS;
    const row: Record<string, unknown> = {};
    try {
      for (let column = 0; column < fields.length; column++) {
        const text = fields[column]!; // within its length
        row[names[column]!] = text === null ? null : parsers[column]!(text); // as many as fields
      }
    } catch (error) {
      this.#unreadable = error as Error; // what a parser throws
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const name = this.name ?? '';
    if (!this.#readers.has(name)) this.#readers.set(name, NO_ROWS);
    const words = text.split(' ');
    const count = Number(words.at(-1)); // "INSERT 0 5", "UPDATE 5", but "BEGIN"
    this.ended.push({
      command: words[0] ?? '',
      rows: this.#rows,
      rowCount: Number.isNaN(count) ? 0 : count,
      endedAtMs: this.#clock.monotonicMs(),
    });
    this.#rows = [];
  }

  handleError(error: Error): void {
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    if (this.#unreadable === undefined) this.#resolve(this.ended);
    else this.#reject(this.#unreadable);
  }
}
