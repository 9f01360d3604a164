import { newId as systemNewId, systemClock, type Clock, type NewId } from '../../chassis/core/index.ts';
import { startHttpServer, type Route } from '../http/index.ts';
import { openOperationLog } from '../journal/index.ts';
import type { SandboxEvent } from '../sandbox-event.ts';
import { logRoutes } from './log-routes.ts';
import { createMutations, type Mutations } from './mutations.ts';

/** What every stand-in with a record is made with. */
export interface RecordedApiOptions {
  /** Default "127.0.0.1". */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /**
   * The append-only record, one JSON line an operation, made when absent; what is in it is there again after a restart.
   * One process at a time.
   */
  readonly ledgerFile: string;
  readonly clock?: Clock;
  readonly newId?: NewId;
  /** How late the late test cases are, in milliseconds. Default 8,000: longer than a sensible client's time-out. */
  readonly lateMs?: number;
  readonly onEvent?: (event: SandboxEvent) => void;
}

/** What makes one stand-in different from another. */
export interface RecordedApiDefinition<Event> {
  /** Folds an event into the state. */
  readonly apply: (event: Event) => void;
  /** The answer that belongs to an event, the first time and each time its key comes again. */
  readonly answerTo: (event: Event) => { readonly status: number; readonly json: unknown };
  /** The event as GET /v1/operations shows it. */
  readonly describe: (event: Event) => object;
  readonly routes: (tools: RecordedApiTools<Event>) => readonly Route[];
}

/** What routes work with. */
export interface RecordedApiTools<Event> {
  readonly mutations: Mutations<Event>;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** A running stand-in. */
export interface RecordedApi {
  /** The base of its HTTP API, without a slash at the end. */
  readonly url: string;
  /** Stops listening, cuts late answers, closes the record. */
  close(): Promise<void>;
}

const DEFAULT_LATE_MS = 8_000;

/** Replays the record, then listens. Every answer is on disk before it is sent. Rejects when the port is taken or the record is damaged. */
export async function startRecordedApi<Event>(
  options: RecordedApiOptions,
  definition: RecordedApiDefinition<Event>,
): Promise<RecordedApi> {
  const { ledgerFile, clock = systemClock, newId = systemNewId, lateMs = DEFAULT_LATE_MS, onEvent } = options;
  const { apply, answerTo, describe } = definition;
  const log = await openOperationLog({ file: ledgerFile, clock, newId, apply });
  if (log.repairedBytes > 0) onEvent?.({ kind: 'journal-repaired', file: ledgerFile, bytes: log.repairedBytes });

  const closing = new AbortController();
  const mutations = createMutations({ log, answerTo, clock, lateMs, signal: closing.signal });
  try {
    const server = await startHttpServer({
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      routes: [...definition.routes({ mutations, clock, newId }), ...logRoutes({ log, mutations, answerTo, describe })],
      beforeAnswer: log.settled,
      onEvent,
    });
    return {
      url: server.url,
      async close() {
        closing.abort();
        await server.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}
