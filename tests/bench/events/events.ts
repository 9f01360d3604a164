import { hasBroker } from '../../support/events/brokers.ts';
import type { Bench } from '../bench.ts';
import { startBenchPostgres } from '../bench-postgres.ts';
import { summarize, type Figures, type Summary } from '../figures.ts';
import { EVENT_ROWS, startEventPair, type EventFigure, type EventPair, type EventRowName } from './event-pair.ts';
import { eventsText } from './text.ts';

/** One row: medians over the rounds. */
export type EventRow = Summary<EventFigure> & { readonly name: EventRowName };

const FULL = { rounds: 5, peakMs: 3_000, halfMs: 3_000, warmUpMs: 3_000 } as const;
const QUICK = { rounds: 1, peakMs: 500, halfMs: 500, warmUpMs: 200 } as const;

/**
 * From an outbox's commit to the commit of a consumer's effect, each event once in effect, over each courier; beside it JetStream alone. One
 * publisher process, one consumer process, one PostgreSQL server; the rows take turns.
 */
export const events: Bench = async ({ quick, rows: wanted, progress, signal }) => {
  const plan = quick ? QUICK : FULL;
  const names = EVENT_ROWS.filter((name) => wanted === undefined || wanted.includes(name)).filter(
    (name) => !quick || name === 'feed' || wanted !== undefined,
  );
  const runnable = names.filter((name) => hasBroker(name === 'jetstream/bare' ? 'nats' : name));
  await using stack = new AsyncDisposableStack();
  progress.step('events: PostgreSQL starts');
  const { server } = stack.use(await startBenchPostgres());
  const pairs: EventPair[] = [];
  for (const name of runnable) {
    signal.throwIfAborted();
    progress.step(`events: ${name} starts and warms up`);
    const pair = stack.use(await startEventPair(name, server));
    pairs.push(pair);
    await pair.measure({ peakMs: plan.warmUpMs, halfMs: plan.warmUpMs / 2 });
  }
  const rounds = new Map<string, Figures<EventFigure>[]>();
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const [index, pair] of (round % 2 === 0 ? pairs : pairs.toReversed()).entries()) {
      signal.throwIfAborted();
      const done = round * pairs.length + index;
      progress.step(`events: round ${round + 1} of ${plan.rounds}, ${pair.name}`, done, plan.rounds * pairs.length);
      rounds.set(pair.name, [...(rounds.get(pair.name) ?? []), await pair.measure(plan)]);
    }
  }
  const rows = pairs.map(({ name }): EventRow => ({ name, ...summarize(rounds.get(name) ?? []) }));
  const left = names.filter((name) => !runnable.includes(name));
  return { rows, text: eventsText(rows, plan, left) };
};
