import { connectAsSuperuser, type ServerPlace } from '../database-counters.ts';

/** When an order was seen to get somewhere, by `performance.now()`. Both reject when it is cancelled or does not get there. */
export interface FollowedOrder {
  readonly confirmedAtMs: Promise<number>;
  /** Nothing of it is under way any more. */
  readonly settledAtMs: Promise<number>;
}

/**
 * Sees in the order database where orders stand: one query for all of them every few milliseconds, where customers would
 * have a stream each. What it sees is committed, and it sees it late if anything.
 */
export interface Witness extends AsyncDisposable {
  follow(orderId: string): FollowedOrder;
}

interface Following {
  readonly confirmed: PromiseWithResolvers<number>;
  readonly settled: PromiseWithResolvers<number>;
  readonly giveUpAtMs: number;
}

interface Seen {
  readonly id: string;
  readonly state: string;
  readonly settled: boolean;
}

/** What it can be late by, besides the query's own time: more while it looks for many orders, which then take that much longer. */
const LOOK_EVERY_MS = 5;
const LOOK_EVERY_MS_AN_ORDER = 0.1;
const PATIENCE_MS = 60_000;

const LOOK = `
  SELECT
    stream_id AS id,
    CASE WHEN bool_or(type IN ('cancelling', 'cancelled')) THEN 'CANCELLED' ELSE 'CONFIRMED' END AS state,
    bool_or(coalesce((data ->> 'settled')::boolean, false)) AS settled
   FROM stream_event
   WHERE stream_id = ANY($1::uuid[])
   GROUP BY stream_id
   HAVING bool_or(type IN ('confirmed', 'cancelling', 'cancelled'))`;

/** The server is a suite's. */
export async function openWitness(place: ServerPlace): Promise<Witness> {
  const { client, ...session } = await connectAsSuperuser(place, 'order');
  await client.query('SET enable_seqscan = off'); // or a plan made while there are few orders reads them all, for ever
  const followed = new Map<string, Following>();
  const closing = new AbortController();
  const ended = lookUntil(closing.signal);

  async function lookUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(Math.max(LOOK_EVERY_MS, followed.size * LOOK_EVERY_MS_AN_ORDER));
      if (followed.size > 0) await look().catch(failAll);
    }
  }

  async function look(): Promise<void> {
    const { rows } = await client.query<Seen>({ name: 'look', text: LOOK, values: [[...followed.keys()]] });
    const nowMs = performance.now();
    rows.forEach((row) => tell(row, nowMs));
    for (const [id, { giveUpAtMs }] of followed) if (nowMs > giveUpAtMs) fail(id, 'did not end within a minute');
  }

  function tell({ id, state, settled }: Seen, nowMs: number): void {
    const order = followed.get(id);
    if (state !== 'CONFIRMED') return fail(id, `is ${state}`);
    order?.confirmed.resolve(nowMs);
    if (!settled) return;
    order?.settled.resolve(nowMs);
    followed.delete(id);
  }

  function fail(id: string, text: string): void {
    const order = followed.get(id);
    followed.delete(id);
    order?.confirmed.reject(new Error(`order ${id} ${text}`));
    order?.settled.reject(new Error(`order ${id} ${text}`));
  }

  function failAll(error: unknown): void {
    for (const id of followed.keys()) fail(id, `was lost from sight: ${String(error)}`);
  }

  return {
    follow(orderId) {
      const confirmed = Promise.withResolvers<number>();
      const settled = Promise.withResolvers<number>();
      settled.promise.catch(() => undefined); // whoever awaits it hears of it
      followed.set(orderId, { confirmed, settled, giveUpAtMs: performance.now() + PATIENCE_MS });
      return { confirmedAtMs: confirmed.promise, settledAtMs: settled.promise };
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await ended;
      await session[Symbol.asyncDispose]();
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
