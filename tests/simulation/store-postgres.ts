import pg from 'pg';

import { Secret } from '../../src/chassis/config/index.ts';
import { SAGA_MIGRATIONS } from '../../src/chassis/saga/index.ts';
import { migrate, type Statement } from '../../src/chassis/store/index.ts';
import { VALUE_TYPES } from '../../src/chassis/store/value-types.ts';
import type { CommittedVersion, ModelRow, StatementOutcome, StoreLog } from './store-model.ts';
import type { BackendTransaction, StoreBackend } from './store-server.ts';
import { sagaKey, subjectKey } from './store-statements.ts';

/** A store that is no model: the engine's own SQL, carried out by PostgreSQL. */
export interface PostgresStore {
  readonly log: StoreLog;
  readonly backend: StoreBackend;
  /** How many statements were carried out, and how many of them waited for a lock. */
  readonly statements: { readonly all: number; readonly waited: number };
}

/** A PostgreSQL database whose clock shows virtual time. */
export interface SimulatedPostgres extends AsyncDisposable {
  /** Empties the tables and ends the sessions of the run before. `now` is the world's time; `breach` is told what hangs. */
  empty(now: () => number, breach: (text: string) => void): Promise<PostgresStore>;
}

/** Everything is made in a schema that comes before PostgreSQL's own, so that what reads the clock reads this one. */
const OPTIONS = '-c search_path=simulated,pg_catalog -c synchronous_commit=off';

/** A sequence moves for everybody at once, also for a statement that waits for a lock. In microseconds, from 1. */
const PREPARE = `
CREATE SCHEMA simulated;
CREATE SEQUENCE clock;
CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
  AS $$ SELECT to_timestamp(pg_sequence_last_value('simulated.clock') / 1000000.0) $$;
SELECT setval('clock', 1)`;

/** Keeps every version of every row, for the judge to take after each commit. */
const WATCH = `
CREATE TABLE subject (id uuid PRIMARY KEY, state text NOT NULL, revision integer NOT NULL, transitions integer[] NOT NULL);
CREATE TABLE written (turn bigint GENERATED ALWAYS AS IDENTITY, source text, statement integer, version jsonb);
CREATE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO written (source, statement, version)
  VALUES (TG_TABLE_NAME, current_setting('simulated.statement')::integer, to_jsonb(NEW));
  RETURN NULL;
END $$;
CREATE TRIGGER keep AFTER INSERT OR UPDATE ON saga FOR EACH ROW EXECUTE FUNCTION keep_version();
CREATE TRIGGER keep AFTER INSERT OR UPDATE ON subject FOR EACH ROW EXECUTE FUNCTION keep_version();
CREATE TRIGGER keep AFTER INSERT ON saga_history FOR EACH ROW EXECUTE FUNCTION keep_version()`;

const TAKE_WRITTEN = `
WITH taken AS (DELETE FROM written RETURNING turn, source, statement, version)
SELECT source, statement, version FROM taken ORDER BY turn`;

const END_OTHERS = `
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()`;

/** In real time: no statement may take longer, and none may neither end nor wait for a lock for so long. */
const HANG_MS = 20_000;
const LOOK_MS = 3;

/** Makes a database ready: `url` is of one that is empty. */
export async function openSimulatedPostgres(url: Secret): Promise<SimulatedPostgres> {
  const withOptions = new URL(url.reveal());
  withOptions.searchParams.set('options', OPTIONS);
  const connectionString = withOptions.href;

  async function connect(): Promise<Session> {
    const client = new pg.Client({ connectionString, types: VALUE_TYPES, query_timeout: 3 * HANG_MS });
    client.on('error', () => undefined); // the statement that meets the lost connection rejects
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return { client, pid: rows[0]?.pid ?? 0 };
  }

  const { client: control } = await connect();
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: a statement may end while others are being looked at. */
  function ask<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const asked = last.then(async () => (await control.query<Row>(text, [...values])).rows);
    last = asked.catch(() => undefined); // whoever asked is told
    return asked;
  }
  await control.query(PREPARE);
  await migrate({ url: new Secret(connectionString), directories: [SAGA_MIGRATIONS] });
  await control.query(WATCH);
  const idle: Session[] = [];

  return {
    async empty(now, breach) {
      await ask(END_OTHERS);
      await Promise.all(idle.splice(0).map(({ client }) => client.end()));
      await ask('TRUNCATE saga, saga_history, subject, written');
      return createStore({ ask, take: async () => idle.pop() ?? connect(), idle, now, breach });
    },
    async [Symbol.asyncDispose]() {
      await ask(END_OTHERS);
      await Promise.all([control, ...idle.splice(0).map(({ client }) => client)].map((client) => client.end()));
    },
  };
}

interface Session {
  readonly client: pg.Client;
  readonly pid: number;
}

interface Sessions {
  /** A session that looks on and sets the clock, and runs no statement of the engine's. */
  ask<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  take(): Promise<Session>;
  /** Sessions outside a transaction. */
  readonly idle: Session[];
  now(): number;
  breach(text: string): void;
}

function createStore({ ask, take, idle, now, breach }: Sessions): PostgresStore {
  const rows = new Map<string, ModelRow>();
  const appended: ModelRow[] = [];
  const versions: CommittedVersion[] = [];
  const statements = { all: 0, waited: 0 };
  /** Statements that were found to wait for a lock: what tells that one has ended or waits again. */
  const waiting = new Set<() => Promise<void>>();

  const setClock = () => ask(`SELECT setval('clock', $1)`, [Math.round(now() * 1000) + 1]);

  /** Until all that could go on has ended or waits for somebody else. */
  async function settle(): Promise<void> {
    for (const settled of [...waiting]) await settled();
  }

  async function isBlocked(pid: number): Promise<boolean> {
    const found = await ask<{ blocked: boolean }>('SELECT cardinality(pg_blocking_pids($1)) > 0 AS blocked', [pid]);
    return found[0]?.blocked === true;
  }

  async function takeWritten(ran: readonly Ran[]): Promise<void> {
    for (const { source, statement, version } of await ask<WrittenRow>(TAKE_WRITTEN)) {
      if (source === 'saga_history') {
        appended.push({ ...version, position: BigInt(String(version['position'])) });
        continue;
      }
      const id = String(version['id']);
      const key = source === 'saga' ? sagaKey(id) : subjectKey(id);
      const before = rows.get(key);
      const by = ran[statement];
      const row = source === 'saga' ? sagaRow(version, by, before) : version;
      rows.set(key, row);
      versions.push({ key, row, before, atMs: now(), statement: by?.name ?? '' });
    }
  }

  function begin(): BackendTransaction {
    let session: Session | undefined;
    let isOpen = true;
    let running: Promise<void> | undefined;
    let givenUp: Error | undefined;
    const ran: Ran[] = [];

    /** Ends the session as when its connection breaks: what it held is free when this ends. */
    async function kill(): Promise<void> {
      isOpen = false;
      const killed = session;
      session = undefined;
      if (killed === undefined) return;
      await ask('SELECT pg_terminate_backend($1, 5000)', [killed.pid]);
      await killed.client.end();
    }

    async function send(statement: Statement, parameters: readonly unknown[]): Promise<StatementOutcome> {
      try {
        session ??= await take();
        const { client } = session;
        if (ran.length === 0) await client.query('BEGIN');
        await client.query(`SELECT set_config('simulated.statement', $1, false)`, [String(ran.length)]);
        ran.push({ name: statement.name, parameters });
        const { rows: answered, rowCount } = await client.query<ModelRow>(statement.text, [...parameters]);
        return { result: { rows: answered, count: rowCount ?? 0 } };
      } catch (error) {
        return { error: givenUp ?? (error as Error) }; // the driver throws Errors only
      }
    }

    return {
      get isOpen() {
        return isOpen;
      },
      async run(statement, parameters, done) {
        statements.all += 1;
        await setClock();
        running = send(statement, parameters).then(async (outcome) => {
          waiting.delete(settled);
          if ('error' in outcome) await kill();
          running = undefined;
          done(outcome);
        });
        const settled = async () => {
          for (let ms = 0; running !== undefined; ms += LOOK_MS) {
            await Promise.race([running, realSleep(LOOK_MS)]);
            if (running !== undefined && session !== undefined && (await isBlocked(session.pid))) return;
            if (ms > HANG_MS) return breach(`PostgreSQL hangs in ${statement.name}`);
          }
        };
        await settled();
        if (running === undefined) return;
        statements.waited += 1;
        waiting.add(settled);
      },
      async commit() {
        const committed = session;
        if (!isOpen || committed === undefined) return;
        await setClock();
        isOpen = false;
        session = undefined;
        await committed.client.query('COMMIT');
        idle.push(committed);
        await takeWritten(ran);
        await settle();
      },
      async rollback() {
        if (!isOpen) return;
        await setClock();
        await kill();
        await settle();
      },
      async giveUp(error) {
        if (running === undefined) return;
        givenUp = error;
        await setClock();
        await kill();
        await running;
        await settle();
      },
    };
  }

  return { log: { rows, appended, versions }, backend: { begin }, statements };
}

interface Ran {
  readonly name: string;
  readonly parameters: readonly unknown[];
}

interface WrittenRow {
  readonly source: string;
  /** Which of its transaction's, from 0. */
  readonly statement: number;
  readonly version: ModelRow;
}

/** A row as the judge reads it: times in milliseconds, and what whoever wrote it believed of the version before. */
function sagaRow(version: ModelRow, by: Ran | undefined, before: ModelRow | undefined): ModelRow {
  const ms = (name: string) => Date.parse(String(version[name]));
  return {
    ...version,
    deadline_time: ms('deadline_time'),
    due_time: ms('due_time'),
    writer: by === undefined ? null : writerOf(by, String(version['id']), before),
  };
}

function writerOf({ name, parameters }: Ran, id: string, before: ModelRow | undefined): ModelRow | null {
  const [first, second] = parameters;
  if (name === 'record-transitions') {
    const changes = JSON.parse(String(first)) as readonly (ModelRow & { readonly id: string })[];
    const change = changes.find((one) => one.id === id);
    return { owner: second ?? null, claimToken: change?.['claim_token'], revision: change?.['revision'] };
  }
  if (name === 'extend-claims') {
    const at = (parameters[2] as readonly string[]).indexOf(id);
    return { owner: first, claimToken: (parameters[3] as readonly number[])[at], revision: before?.['revision'] };
  }
  return null;
}

/** The database is no part of the virtual world: how long it really takes is not of the plan. */
function realSleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
