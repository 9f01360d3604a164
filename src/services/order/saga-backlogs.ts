import type { Clock } from '../../chassis/core/index.ts';
import type { Backlog } from '../../chassis/diagnostics/index.ts';
import { SAGA_QUARANTINED, type SagaCount, type SagaOperator } from '../../chassis/saga/index.ts';

/** A checkout takes a second; one that has been under way for so long waits for somebody, in seconds. */
const UNDER_WAY_SECONDS = 120;

/** Sagas that are not over: those that get on, those that wait for an operator, those that the engine gave up on. */
export function sagaBacklogs(sagas: Pick<SagaOperator, 'count'>, clock: Clock): readonly Backlog[] {
  const since = (counts: readonly SagaCount[], timeOf: (count: SagaCount) => Date | undefined) => {
    const times = counts.flatMap((count) => timeOf(count)?.getTime() ?? []);
    return {
      count: counts.reduce((sum, { count }) => sum + Number(count), 0),
      oldestSeconds: times.length === 0 ? undefined : Math.max(0, clock.now() - Math.min(...times)) / 1_000,
    };
  };
  const parked = async (isQuarantined: boolean) => {
    const counts = await sagas.count({ states: ['PARKED'] });
    const theirs = counts.filter(({ reason }) => (reason === SAGA_QUARANTINED) === isQuarantined);
    return since(theirs, ({ oldestParkTime }) => oldestParkTime);
  };
  return [
    {
      name: 'sagas under way',
      warnAfterSeconds: UNDER_WAY_SECONDS,
      advice: 'See what they wait for with `tradewind sagas list --older-than 2m`, and mend that neighbour.',
      measure: async () =>
        since(await sagas.count({ states: ['RUNNING', 'COMPENSATING'] }), (one) => one.oldestCreateTime),
    },
    {
      name: 'parked sagas',
      warnAfterSeconds: 0,
      advice:
        'Read why with `tradewind sagas list --state parked`, then retry, skip, resume or compensate (docs/operations.md).',
      measure: () => parked(false),
    },
    {
      name: 'quarantined sagas',
      warnAfterSeconds: 0,
      advice: `See \`tradewind sagas list --reason ${SAGA_QUARANTINED}\`; deploy what is missing or mend the code, then retry them.`,
      measure: () => parked(true),
    },
  ];
}
