import { AppError, createEmitter } from '../../src/chassis/core/index.ts';
import type { Database, DatabaseEvents, Queryable, Statement } from '../../src/chassis/store/index.ts';
import type { Life } from './process.ts';
import type { StatementOutcome, StatementResult } from './store-model.ts';
import { hopMs, type World } from './world.ts';

/** One transaction where statements are really carried out: in the model, or in PostgreSQL. */
export interface BackendTransaction {
  readonly isOpen: boolean;
  /** A promise settles when the statement has ended or is known to wait for a lock. */
  run(
    statement: Statement,
    parameters: readonly unknown[],
    done: (outcome: StatementOutcome) => void,
  ): void | Promise<void>;
  commit(): void | Promise<void>;
  rollback(): void | Promise<void>;
  /** Ends a statement that waits for a lock, and its transaction. */
  giveUp(error: Error): void | Promise<void>;
}

/** What carries statements out. */
export interface StoreBackend {
  begin(): BackendTransaction;
}

/** What goes wrong with one statement. */
export type StatementFault =
  /** It never arrives; its sender learns that the connection broke. */
  | 'request lost'
  /** It is carried out, and its sender learns only that the connection broke, perhaps before it is. */
  | 'reply lost'
  /** As with a reply lost, and it is carried out much later. */
  | 'late'
  | 'slow commit'
  /** The server gives it up after carrying it out. */
  | 'rolled back';

/** What a statement is for: faults aim at sorts, because most statements only look for work. */
export type StatementSort = 'claim' | 'extend' | 'start' | 'go on' | 'turn back' | 'end' | 'commit' | 'other';

/** How far a statement has come: sent by its process, carried out, committed, or its answer is about to reach the process. */
export type StatementPoint = `${StatementSort} ${'sent' | 'done' | 'committed' | 'learned'}`;

/** The database server, and the way to it. */
export interface StoreServer {
  /** The database as one process sees it. */
  connect(life: Life): Database;
  /** The server dies, and is back so much later: what was not committed is gone. */
  crash(ms: number): void;
  /** The sessions of a process that died end, sooner or later. */
  forget(life: Life): void;
}

/** What the server asks of the run. */
export interface StoreServerOptions {
  readonly world: World;
  readonly backend: StoreBackend;
  /** The fault of this process's next statement of this sort, if it has one. */
  faultOf(life: Life, sort: StatementSort): StatementFault | undefined;
  /** Something of the process has come to a point at which it may die or freeze. */
  point(life: Life, what: StatementPoint): void;
}

const LOCK_TIMEOUT_MS = 5_000;
const IDLE_IN_TRANSACTION_MS = 10_000;
const CONFLICTS = new Set(['40P01', '40001']);
const MAX_ATTEMPTS = 6;

interface Session {
  readonly life: Life;
  /** For one statement, or for a transaction of several. */
  readonly isAlone: boolean;
  transaction: BackendTransaction | undefined;
  /** By the server: nothing that still comes is carried out. */
  ended: boolean;
  committing: boolean;
  /** Rises with each statement: what was idle then is not any more. */
  turn: number;
}

/** A server that runs. */
export function createStoreServer({ world, backend, faultOf, point }: StoreServerOptions): StoreServer {
  const { schedule, trace } = world;
  const chance = world.chance('database');
  const sessions = new Set<Session>();
  let downUntilMs = 0;
  const isDown = () => schedule.nowMs < downUntilMs;

  function send(session: Session, job: StatementJob): Promise<StatementResult> {
    return new Promise((resolve, reject) => {
      const { life } = session;
      if (life.state === 'dead') return; // code that ran on after its end
      const { label, about, sort } = job;
      const fault = world.isCalm ? undefined : faultOf(life, sort);
      session.turn += 1;
      trace.tell(life.name, about, `sends ${label}${fault === undefined ? '' : ` (${fault})`}`);
      let answered = false;
      const answer = (ms: number, what: string, deliver: () => void) => {
        if (answered) return;
        answered = true;
        schedule.after(ms, () => {
          if (life.state === 'dead') return;
          trace.tell(life.name, about, `learns: ${label} ${what}`);
          point(life, `${sort} learned`);
          life.deliver(deliver);
        });
      };
      const fail = (ms: number) => answer(ms, 'broke off', () => reject(unavailable()));
      const refuse = (error: Error) => answer(hopMs(world, chance), `failed (${error.message})`, () => reject(error));

      point(life, `${sort} sent`);
      if (fault === 'request lost') {
        schedule.after(chance.between(0, 100), () => endSession(session));
        return fail(chance.between(1, 200));
      }
      if (fault === 'reply lost' || fault === 'late') fail(chance.between(1, 100));
      schedule.after(hopMs(world, chance) + (fault === 'late' ? chance.between(50, 9_000) : 0), arrive);

      function arrive(): void | Promise<void> {
        if (isDown() || session.ended) return fail(hopMs(world, chance));
        const transaction = (session.transaction ??= backend.begin());
        let ended = false;
        const running = transaction.run(job.statement, job.parameters, (outcome) => {
          ended = true;
          carriedOut(transaction, outcome);
        });
        const watch = () => {
          if (ended) return;
          trace.tell('database', about, `${label} of ${life.name} waits for a lock`);
          schedule.after(LOCK_TIMEOUT_MS, () => (ended ? undefined : transaction.giveUp(lockTimeout())));
        };
        return running === undefined ? watch() : running.then(watch);
      }

      function carriedOut(transaction: BackendTransaction, outcome: StatementOutcome): void {
        if ('error' in outcome) {
          trace.tell('database', about, `refuses ${label} of ${life.name}: ${outcome.error.message}`);
          session.transaction = undefined;
          return refuse(outcome.error);
        }
        const { result } = outcome;
        trace.tell('database', about, `carries out ${label} of ${life.name}: ${job.tell(result)}`);
        point(life, `${sort} done`);
        if (fault === 'rolled back') {
          session.transaction = undefined;
          schedule.after(0, () => transaction.rollback());
          return fail(hopMs(world, chance));
        }
        const reply = () => answer(hopMs(world, chance), 'is done', () => resolve(result));
        if (!job.autocommit) {
          endWhenIdle(session);
          return reply();
        }
        schedule.after(commitMs(fault), () => commit(session, transaction, { job, done: reply, fail }));
      }
    });
  }

  function commitMs(fault: StatementFault | undefined): number {
    return fault === 'slow commit' ? chance.between(50, 7_000) : hopMs(world, chance);
  }

  function commit(
    session: Session,
    transaction: BackendTransaction,
    { job, done, fail }: { readonly job: Named; done(): void; fail(ms: number): void },
  ): void | Promise<void> {
    if (!transaction.isOpen) return fail(hopMs(world, chance)); // the server crashed meanwhile
    session.transaction = undefined;
    const after = () => {
      trace.tell('database', job.about, `commits ${job.label} of ${session.life.name}`);
      point(session.life, `${job.sort} committed`);
      done();
    };
    const committing = transaction.commit();
    return committing === undefined ? after() : committing.then(after);
  }

  function sendCommit(session: Session, about: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const { life } = session;
      const { transaction } = session;
      const job = { label: 'COMMIT', about, sort: 'commit' } as const;
      const { sort } = job;
      if (life.state === 'dead') return;
      const fault = world.isCalm ? undefined : faultOf(life, sort);
      session.turn += 1;
      session.committing = true;

      trace.tell(life.name, about, `sends COMMIT${fault === undefined ? '' : ` (${fault})`}`);
      let answered = false;
      const answer = (ms: number, what: string, deliver: () => void) => {
        if (answered) return;
        answered = true;
        schedule.after(ms, () => {
          if (life.state === 'dead') return;
          trace.tell(life.name, about, `learns: COMMIT ${what}`);
          point(life, `${sort} learned`);
          life.deliver(deliver);
        });
      };
      const fail = (ms: number) => answer(ms, 'broke off', () => reject(unavailable()));
      const done = () => answer(hopMs(world, chance), 'is done', resolve);
      point(life, `${sort} sent`);
      if (transaction === undefined) return session.ended ? fail(1) : done();
      if (fault === 'request lost' || fault === 'rolled back') {
        schedule.after(chance.between(0, 100), () => endSession(session));
        return fail(chance.between(1, 200));
      }
      if (fault === 'reply lost' || fault === 'late') fail(chance.between(1, 100));
      const ms = hopMs(world, chance) + (fault === 'late' ? chance.between(50, 9_000) : commitMs(fault));
      schedule.after(ms, () => {
        if (session.ended || isDown()) return fail(hopMs(world, chance));
        return commit(session, transaction, { job, done, fail });
      });
    });
  }

  function endWhenIdle(session: Session): void {
    const { turn } = session;
    schedule.after(IDLE_IN_TRANSACTION_MS, () => (session.turn === turn ? endSession(session) : undefined));
  }

  /** What it did and did not commit is gone. */
  function endSession(session: Session): void | Promise<void> {
    session.ended = true;
    const { transaction } = session;
    session.transaction = undefined;
    if (transaction?.isOpen !== true) return;
    trace.tell('database', [], `ends a session of ${session.life.name}`);
    const gaveUp = transaction.giveUp(unavailable());
    return gaveUp === undefined ? transaction.rollback() : gaveUp.then(() => transaction.rollback());
  }

  function open(life: Life, isAlone: boolean): Session {
    const session: Session = { life, isAlone, transaction: undefined, ended: false, committing: false, turn: 0 };
    sessions.add(session);
    return session;
  }

  async function alone(life: Life, statement: Statement, parameters: readonly unknown[]): Promise<StatementResult> {
    for (let attempt = 1; ; attempt += 1) {
      const session = open(life, true);
      try {
        return await send(session, { ...describe(world, statement, parameters), autocommit: true });
      } catch (error) {
        if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
        await life.clock.sleep(life.chance.between(1, 10 * attempt));
      } finally {
        sessions.delete(session);
      }
    }
  }

  async function together<T>(life: Life, work: (tx: Queryable) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const session = open(life, false);
      const about = new Set<string>();
      try {
        const last: (() => Promise<unknown>)[] = [];
        const run = (statement: Statement, parameters: readonly unknown[]) => {
          const job = { ...describe(world, statement, parameters), autocommit: false };
          for (const saga of job.about) about.add(saga);
          return send(session, job);
        };
        const result = await work({
          ...queryable(run),
          // Really in one round trip with COMMIT; apart, more can come between.
          atCommit: async (statement, parameters = []) => void last.push(() => run(statement, parameters)),
        });
        for (const statement of last) await statement();
        await sendCommit(session, [...about]);
        return result;
      } catch (error) {
        schedule.after(hopMs(world, chance), () => endSession(session));
        if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
        await life.clock.sleep(life.chance.between(1, 10 * attempt));
      } finally {
        sessions.delete(session);
      }
    }
  }

  return {
    connect(life) {
      return {
        ...queryable((statement, parameters) => alone(life, statement, parameters)),
        events: createEmitter<DatabaseEvents>(),
        transaction: (work) => together(life, work),
        together: (statements) =>
          together(life, async (tx) => {
            const answers: (readonly unknown[])[] = [];
            for (const { statement, parameters } of statements) answers.push(await tx.rows(statement, parameters));
            return answers;
          }),
        ping: () => Promise.resolve(),
        pool: () => ({ open: sessions.size, idle: 0, waiting: 0, max: 10 }),
        close: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
    crash(ms) {
      downUntilMs = Math.max(downUntilMs, schedule.nowMs + ms);
      trace.tell('database', [], `crashes, and is back in ${Math.round(ms)} ms`);
      for (const session of sessions) schedule.after(0, () => endSession(session));
    },
    forget(life) {
      for (const session of sessions) {
        // A statement on its own is carried out to its end, and so is a COMMIT; a transaction waits for more until the
        // connection is known to be gone.
        if (session.life !== life || session.isAlone || session.committing) continue;
        const lingers = chance.happens(0.2) ? chance.between(500, IDLE_IN_TRANSACTION_MS) : chance.between(0, 50);
        schedule.after(lingers, () => endSession(session));
      }
    },
  };
}

interface Named {
  readonly label: string;
  /** Sagas, by their short names. */
  readonly about: readonly string[];
  readonly sort: StatementSort;
}

interface StatementJob extends Named {
  readonly statement: Statement;
  readonly parameters: readonly unknown[];
  readonly autocommit: boolean;
  tell(result: StatementResult): string;
}

/** What a story says of a statement. */
function describe(
  world: World,
  statement: Statement,
  parameters: readonly unknown[],
): Omit<StatementJob, 'autocommit'> {
  const { name } = statement;
  const [first] = parameters;
  const ids = (rows: readonly object[]) =>
    [...new Set(rows.map((row) => world.nameOf(String((row as { readonly id?: unknown }).id))))].join(' ') || 'nothing';
  const job = { statement, parameters, tell: ({ rows }: StatementResult) => ids(rows) };
  switch (name) {
    case 'record-transitions': {
      const changes = JSON.parse(String(first)) as readonly ChangeText[];
      const about = changes.map(({ id }) => world.nameOf(id));
      const label = changes.map((change) => `${world.nameOf(change.id)} -> ${stateText(change)}`).join('; ');
      const command = parameters[3] === true;
      return { ...job, about, sort: sortOf(changes), label: `record(${label}${command ? '; command' : ''})` };
    }
    case 'insert-sagas': {
      const about = (JSON.parse(String(first)) as readonly { readonly id: string }[]).map(({ id }) => world.nameOf(id));
      return { ...job, about, sort: 'start', label: 'insert-sagas', tell: () => about.join(' ') };
    }
    case 'move-subjects': {
      const about = (JSON.parse(String(first)) as readonly { readonly id: string }[]).map(({ id }) => world.nameOf(id));
      return { ...job, about, sort: 'other', label: name, tell: ({ count }) => `${count} rows` };
    }
    case 'extend-claims': {
      const about = (parameters[2] as readonly string[]).map((id) => world.nameOf(id));
      const extended = ({ rows }: StatementResult) => ids(rows.filter((row) => row['extended'] === true));
      return { ...job, about, sort: 'extend', label: name, tell: extended };
    }
    case 'start-subject':
    case 'lock-saga':
      return { ...job, about: [world.nameOf(String(first))], sort: 'other', label: name };
    case 'claim-sagas':
      return { ...job, about: [ALL], sort: 'claim', label: name };
    default:
      return { ...job, about: [ALL], sort: 'other', label: name, tell: ({ count }) => `${count} rows` };
  }
}

/** Concerns every saga a little, and none enough to be told. */
const ALL = '-';

interface ChangeText {
  readonly id: string;
  readonly claim_token: number;
  readonly revision: number;
  readonly state: string;
  readonly step: number | null;
  readonly attempt: number | null;
  readonly hold: boolean;
  readonly history: readonly (readonly { readonly kind: string }[])[];
}

function sortOf(changes: readonly ChangeText[]): StatementSort {
  const entries = changes.flatMap(({ history }) => history.flat());
  if (entries.some(({ kind }) => kind === 'COMPENSATION_STARTED')) return 'turn back';
  return entries.some(({ kind }) => kind === 'FINISHED') ? 'end' : 'go on';
}

function stateText({ state, step, attempt, hold, claim_token, revision }: ChangeText): string {
  const at = step === null ? '' : ` ${step}.${attempt ?? 0}`;
  return `${state}${at}${hold ? '' : ' released'} [token ${claim_token}, revision ${revision}]`;
}

function queryable(run: (statement: Statement, parameters: readonly unknown[]) => Promise<StatementResult>): Queryable {
  return {
    async rows<Row>(statement: Statement, parameters: readonly unknown[] = []) {
      return [...(await run(statement, parameters)).rows] as Row[]; // the caller types what its statement selects
    },
    async one<Row>(statement: Statement, parameters: readonly unknown[] = []) {
      return (await run(statement, parameters)).rows[0] as Row | undefined; // as above
    },
    async execute(statement: Statement, parameters: readonly unknown[] = []) {
      return (await run(statement, parameters)).count;
    },
    async atCommit(statement: Statement, parameters: readonly unknown[] = []) {
      await run(statement, parameters);
    },
  };
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && CONFLICTS.has(String((error as { readonly code?: unknown }).code));
}

function unavailable(): AppError {
  return new AppError({ status: 'UNAVAILABLE', reason: 'DATABASE_UNAVAILABLE', message: 'the connection broke off' });
}

function lockTimeout(): AppError {
  return new AppError({
    status: 'ABORTED',
    reason: 'LOCK_TIMEOUT',
    message: 'another call holds the same rows for too long',
  });
}
