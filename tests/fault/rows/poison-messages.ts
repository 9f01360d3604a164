import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { newId } from '../../../src/chassis/core/index.ts';
import { appendEvents, type CourierName, type NewEvent } from '../../../src/chassis/events/index.ts';
import { startEventFleet, type EventFleet } from '../../support/events/event-fleet.ts';
import { TRIES_FILE } from '../../support/events/fleet-services.ts';
import { assertEffects, judgeEffects, judgementBreaches } from '../../support/events/judge-effects.ts';
import { eventually } from '../../support/eventually.ts';
import { seededRandom, shuffled } from '../../support/seeded-random.ts';
import { errorBreach, rowResult, type RowResult, type RowSetting } from './row.ts';

/** How long the row is. */
export interface PoisonMessagesOptions extends Pick<RowSetting, 'seed'> {
  readonly courier: CourierName;
  /** In each round; default 5,000. */
  readonly events?: number;
  /** Bad ones among them; default 20. */
  readonly bad?: number;
  /** Clean ones and such with bad ones, in turns; default 3 of each. */
  readonly rounds?: number;
  /** Whether the throughput that the rest keeps is judged, which takes long rounds on a machine with nothing else to do; default true. */
  readonly judgesThroughput?: boolean;
}

/** How much of the throughput of a clean round the rest of a poisoned one has to keep. */
const KEPT_SHARE = 0.8;
const MAX_TRIES = 5;
const PER_AGGREGATE = 5;
const WRITE_BATCH = 500;
const QUIET_WITHIN_MS = 90_000;

interface Round {
  readonly events: readonly NewEvent[];
  /** Aggregates with a bad event: what follows it has to wait. */
  readonly poisoned: ReadonlySet<string>;
}

/** Scoreboard row 15: bad events among many become dead letters with their cause, and the rest goes on. */
export async function poisonMessages(options: PoisonMessagesOptions): Promise<RowResult> {
  const { courier, seed, events = 5_000, bad = 20, rounds = 3, judgesThroughput = true } = options;
  const random = seededRandom(seed);
  await using fleet = await startEventFleet({ courier, tellers: 1, listeners: 1 });
  const makeRound = (howManyBad: number): Round => {
    const aggregates = Array.from({ length: Math.ceil(events / PER_AGGREGATE) }, () => newId());
    const poisoned = new Set(shuffled(aggregates, random).slice(0, howManyBad));
    const all = Array.from({ length: PER_AGGREGATE }, (_, index) =>
      aggregates.map((id) => event(id, index + 1, poisoned.has(id) && index === 2)),
    );
    return { events: all.flat().slice(0, events), poisoned };
  };

  await perSecond(fleet, makeRound(0)); // what is only done once is done
  const clean: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    clean.push(await perSecond(fleet, makeRound(0)));
    beside.push(await perSecond(fleet, makeRound(bad)));
  }
  const letters = await deadLetters(fleet, rounds * bad);
  const { written } = await judgeEffects(fleet);
  await eventually(() => assertEffects(fleet, written - rounds * bad), { timeoutMs: QUIET_WITHIN_MS });

  const judgement = await judgeEffects(fleet, new Set(letters.map(({ event_id: id }) => id)));
  const share = median(beside) / median(clean);
  const mostTries = await tries(fleet);
  const withoutCause = letters.filter(
    ({ cause }) => cause.reason !== 'POISON' || !cause.stack.includes('this one is bad'),
  );
  const figure =
    `${courier}: ${rounds} x ${bad} bad among ${events}: ${letters.length} dead letters after ${mostTries} tries at most; the rest at ` +
    `${Math.round(median(beside)).toLocaleString('en-US')}/s, ${(100 * share).toFixed(0)} % of ` +
    `${Math.round(median(clean)).toLocaleString('en-US')}/s without them; ${judgement.lost} lost, ${judgement.twice} twice`;
  return rowResult(figure, [
    ...(letters.length === rounds * bad ? [] : [`${letters.length} dead letters for ${rounds * bad} bad events`]),
    ...errorBreach(
      'dead letters without their cause',
      withoutCause.map(({ event_id: id }) => id),
    ),
    ...(mostTries <= MAX_TRIES ? [] : [`a bad event was tried ${mostTries} times`]),
    ...(share >= KEPT_SHARE || !judgesThroughput
      ? []
      : [`the rest kept ${(100 * share).toFixed(0)} % of the throughput`]),
    ...judgementBreaches(judgement),
  ]);
}

function event(aggregateId: string, sequence: number, isBad: boolean): NewEvent {
  return {
    ...{ aggregateType: 'thing', aggregateId, sequence: BigInt(sequence), type: 'thing.told' },
    payload: isBad ? { bad: true } : {},
  };
}

/** Writes a round; how many a second of its events that have to wait for nobody had their effect, from the first to the last of them. */
async function perSecond({ tellers, listeners }: EventFleet, { events, poisoned }: Round): Promise<number> {
  for (let first = 0; first < events.length; first += WRITE_BATCH) {
    await tellers.transaction((tx) => appendEvents(tx, events.slice(first, first + WRITE_BATCH)));
  }
  const rest = new Set(events.map(({ aggregateId }) => aggregateId).filter((id) => !poisoned.has(id)));
  const expected = events.filter(({ aggregateId }) => rest.has(aggregateId)).length;
  return eventually(
    async () => {
      const row = await listeners.one<{ count: bigint; seconds: number }>(SPAN, [[...rest]]);
      if (row === undefined || Number(row.count) < expected) throw new Error(`${row?.count} of ${expected} effects`);
      return expected / row.seconds;
    },
    { timeoutMs: QUIET_WITHIN_MS },
  );
}

const SPAN = {
  name: 'span-of-effects',
  text: `SELECT count(*) AS count, extract(epoch FROM max(effect_time) - min(effect_time))::float8 AS seconds
    FROM effect WHERE aggregate_id = ANY ($1::text[])`,
};

interface DeadLetter {
  readonly event_id: string;
  readonly attempts: number;
  readonly cause: { readonly reason: string; readonly stack: string };
}

function deadLetters({ listeners }: EventFleet, least: number): Promise<readonly DeadLetter[]> {
  return eventually(
    async () => {
      const letters = await listeners.rows<DeadLetter>({
        name: 'all-dead-letters',
        text: 'SELECT event_id, attempts, cause FROM dead_letter',
      });
      if (letters.length < least) throw new Error(`${letters.length} of ${least} dead letters`);
      return letters;
    },
    { timeoutMs: QUIET_WITHIN_MS },
  );
}

/** How often the event that was tried most was tried. */
async function tries({ folder }: EventFleet): Promise<number> {
  const counts = new Map<string, number>();
  for (const id of (await readFile(join(folder, TRIES_FILE), 'utf8')).split('\n').filter((line) => line !== '')) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? NaN;
}
