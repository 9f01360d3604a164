import { setTimeout as delay } from 'node:timers/promises';

import { AppError, type Random } from '../../src/chassis/core/index.ts';
import type { CounterClients } from './counter-clients.ts';
import type { CounterRecord } from './counter-service.ts';

type Method = 'read' | 'add' | 'append';

/** What came back. */
export interface LoadReport {
  readonly sent: number;
  /** Ids of additions and appendings that were answered with OK. */
  readonly added: ReadonlySet<string>;
  readonly appended: ReadonlySet<string>;
  /** Calls that may be repeated and failed all the same. */
  readonly idempotentErrors: readonly string[];
  /** Calls that may not be repeated and failed: whether they were applied is unknown to the caller. */
  readonly otherErrors: readonly string[];
  readonly slowestMs: number;
}

/** Calls that go out at a steady rate until they are told to end. */
export interface Load {
  readonly report: LoadReport;
  /** Sends no more than `atLeast` calls in all, waits for their answers, and resolves to what came back. */
  end(atLeast?: number): Promise<LoadReport>;
}

const TICK_MS = 5;

/** Callers give up sending more while this many calls have no answer: a load that piles up measures itself. */
const MAX_OUTSTANDING = 400;

/** Begins at once: half the calls read, a quarter add, a quarter append, mixed by `random`. */
export function startLoad(
  { client }: Pick<CounterClients, 'client'>,
  {
    callsPerSecond,
    random,
    prefix = 'call',
  }: {
    readonly callsPerSecond: number;
    readonly random: Random;
    /** Begins every id; loads over one record need different ones. */
    readonly prefix?: string;
  },
): Load {
  const added = new Set<string>();
  const appended = new Set<string>();
  const idempotentErrors: string[] = [];
  const otherErrors: string[] = [];
  const outstanding = new Set<Promise<void>>();
  let sent = 0;
  let slowestMs = 0;
  let wanted = Infinity;
  let ending = false;

  const call = async (id: string, method: Method): Promise<void> => {
    const startedAt = performance.now();
    try {
      await client[method]({ locale: '', message: id });
      if (method === 'add') added.add(id);
      if (method === 'append') appended.add(id);
    } catch (error) {
      const { status, reason, message } = AppError.from(error);
      const text = `${method} ${id}: ${status} ${reason} ${message}`;
      (method === 'append' ? otherErrors : idempotentErrors).push(text);
    }
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  };
  const send = () => {
    const draw = random.next();
    const method: Method = draw < 0.5 ? 'read' : draw < 0.75 ? 'add' : 'append';
    const done: Promise<void> = call(`${prefix}-${++sent}`, method).finally(() => outstanding.delete(done));
    outstanding.add(done);
  };
  const run = async () => {
    let atMs = performance.now();
    let owed = 0;
    while (!(ending && sent >= wanted)) {
      const nowMs = performance.now();
      owed = Math.min(owed + ((nowMs - atMs) * callsPerSecond) / 1_000, callsPerSecond / 10);
      atMs = nowMs;
      for (; owed >= 1 && outstanding.size < MAX_OUTSTANDING && !(ending && sent >= wanted); owed -= 1) send();
      await delay(TICK_MS);
    }
    await Promise.all(outstanding);
  };
  const running = run();

  const load: Load = {
    get report() {
      return { sent, added, appended, idempotentErrors, otherErrors, slowestMs };
    },
    async end(atLeast = 0) {
      wanted = atLeast;
      ending = true;
      await running;
      return load.report;
    },
  };
  return load;
}

/** What of the acknowledged calls is missing in the record, and what was applied that should not have been. */
export function loadBreaches(report: LoadReport, record: CounterRecord): readonly string[] {
  return [
    ...[...report.added].filter((id) => !record.added.has(id)).map((id) => `${id} was acknowledged and not added`),
    ...[...report.appended]
      .filter((id) => !record.appended.has(id))
      .map((id) => `${id} was acknowledged and not appended`),
    ...[...record.appended].filter(([, times]) => times > 1).map(([id, times]) => `${id} was appended ${times} times`),
  ];
}
