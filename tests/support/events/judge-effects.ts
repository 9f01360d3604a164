import type { EventFleet } from './event-fleet.ts';

const WRITTEN = { name: 'written', text: 'SELECT event_id, aggregate_id, sequence FROM outbox' };
const EFFECTS = { name: 'effects', text: 'SELECT event_id, aggregate_id, sequence FROM effect ORDER BY id' };

interface Row {
  readonly event_id: string;
  readonly aggregate_id: string;
  readonly sequence: bigint;
}

/** What became of everything that was written. */
export interface Judgement {
  readonly written: number;
  readonly lost: number;
  readonly twice: number;
  readonly inversions: number;
}

/** Compares effects with the outbox: invariant I5. Events that have no effect by intention are left out of what is lost. */
export async function judgeEffects(
  fleet: Pick<EventFleet, 'tellers' | 'listeners'>,
  without: ReadonlySet<string> = new Set(),
): Promise<Judgement> {
  const written = await fleet.tellers.rows<Row>(WRITTEN);
  const effects = await fleet.listeners.rows<Row>(EFFECTS);
  const counts = new Map<string, number>();
  const reached = new Map<string, bigint>();
  let inversions = 0;
  for (const { event_id: id, aggregate_id: aggregate, sequence } of effects) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
    if (sequence <= (reached.get(aggregate) ?? 0n)) inversions += 1;
    reached.set(aggregate, sequence);
  }
  return {
    written: written.length,
    lost: written.filter(({ event_id: id }) => !counts.has(id) && !without.has(id)).length,
    twice: [...counts.values()].filter((count) => count > 1).length,
    inversions,
  };
}

/** A judgement's faults, in words. */
export function judgementBreaches({ lost, twice, inversions }: Judgement): readonly string[] {
  return [
    ...(lost === 0 ? [] : [`${lost} events had no effect`]),
    ...(twice === 0 ? [] : [`${twice} events had their effect more than once`]),
    ...(inversions === 0 ? [] : [`${inversions} effects came after a later one of their aggregate`]),
  ];
}

/** Throws while there are fewer effects than that. */
export async function assertEffects({ listeners }: Pick<EventFleet, 'listeners'>, least: number): Promise<void> {
  const row = await listeners.one<{ count: bigint }>({ name: 'count-effects', text: 'SELECT count(*) FROM effect' });
  if (Number(row?.count ?? 0) < least) throw new Error(`${row?.count} of ${least} effects`);
}
