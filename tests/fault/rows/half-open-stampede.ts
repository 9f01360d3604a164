import { setTimeout as delay } from 'node:timers/promises';

import { AppError } from '../../../src/chassis/core/index.ts';
import { eventually } from '../../support/eventually.ts';
import { startEtcdProcess } from '../../support/fault-etcd.ts';
import { startLayers, type Layer } from '../../support/layers/layers.ts';
import { resourceBaseline, resourceBreaches } from '../../support/resources.ts';
import { rowResult, type RowResult, type RowSetting } from './row.ts';

const OPEN_MS = 500;
const SUCCESSES_TO_CLOSE = 3;
/** Each probe takes so long that a whole stampede arrives meanwhile. */
const PROBE_MS = 1_000;
/** Calls that fail before a breaker opens. */
const FAILURES_TO_OPEN = 5;

/** How one stampede went, over all processes. */
interface Stampede {
  readonly answered: number;
  /** Refused by a breaker, without a call. */
  readonly refused: number;
  readonly others: readonly string[];
  /** At the bottom, of the caller with most of them. */
  readonly mostAtOnce: number;
  readonly arrivals: number;
}

/**
 * Scoreboard row 12: two processes whose classic breakers are open; at the instant at which they may probe, each is asked by 500
 * callers at once. First the probes fail; then they succeed, three in a row, and everybody passes.
 */
export async function halfOpenStampede(options: RowSetting & { readonly callers?: number }): Promise<RowResult> {
  const { etcd: kind, transport, callers = 500 } = options;
  await using etcd = await startEtcdProcess(kind);
  const before = await resourceBaseline();
  await using layers = await startLayers({
    etcd: etcd.address,
    transport,
    layers: [
      ['front', 2],
      ['bottom', 1],
    ],
    configs: {
      bottom: {
        retry: false,
        breaker: {
          kind: 'classic',
          trip: { kind: 'streak', failures: FAILURES_TO_OPEN },
          openMs: OPEN_MS,
          successesToClose: SUCCESSES_TO_CLOSE,
        },
      },
    },
  });
  const fronts = layers.of('front');
  const bottom = layers.of('bottom')[0] as Layer; // one was started

  const stampede = async (): Promise<Stampede> => {
    await bottom.behave({});
    const calls = fronts.flatMap(({ direct }) => Array.from({ length: callers }, () => ask(direct)));
    const answers = await Promise.all(calls);
    const { arrivals, mostAtOnce } = await bottom.witness();
    return {
      answered: answers.filter((answer) => answer === 'answered').length,
      refused: answers.filter((answer) => answer === 'CIRCUIT_OPEN').length,
      others: answers.filter((answer) => answer !== 'answered' && answer !== 'CIRCUIT_OPEN'),
      mostAtOnce: Math.max(0, ...Object.values(mostAtOnce)),
      arrivals,
    };
  };

  await bottom.behave({ isDown: true, delayMs: 0 });
  for (const { direct } of fronts) {
    await eventually(async () => {
      if ((await ask(direct)) !== 'CIRCUIT_OPEN') throw new Error('its breaker is not open');
    });
  }
  await bottom.behave({ isDown: true, delayMs: PROBE_MS });
  const waves: Stampede[] = [];
  for (let probe = 0; probe <= SUCCESSES_TO_CLOSE; probe++) {
    if (probe <= 1) await delay(OPEN_MS + 50); // the breakers have opened just now
    if (probe === 1) await bottom.behave({ isDown: false });
    waves.push(await stampede());
  }
  await bottom.behave({ delayMs: 0 });
  const after = await stampede();
  await layers[Symbol.asyncDispose]();

  const breaches = [
    ...waves.flatMap(({ mostAtOnce, arrivals, others }, index) => [
      ...(mostAtOnce > 1 ? [`stampede ${index + 1}: ${mostAtOnce} probes of one process at once`] : []),
      ...(arrivals !== fronts.length
        ? [`stampede ${index + 1}: ${arrivals} probes of ${fronts.length} processes`]
        : []),
      ...(index > 0 && others.length > 0 ? [`stampede ${index + 1}: ${others.length} other errors: ${others[0]}`] : []),
    ]),
    ...(after.answered === fronts.length * callers ? [] : [`${after.answered} answered when the breakers had closed`]),
    ...(await resourceBreaches(before)),
  ];
  const probes = waves.map(({ arrivals, mostAtOnce }) => `${arrivals} (${mostAtOnce} at once)`).join(', ');
  const figure =
    `${callers} callers at each of ${fronts.length} processes: ${probes} probes in ${waves.length} stampedes, ` +
    `${waves.map(({ refused }) => refused).join(', ')} refused; then ${after.answered} answered`;
  return rowResult(figure, breaches);
}

async function ask(front: Layer['direct']): Promise<string> {
  try {
    await front.read({ locale: 'test', message: 'x' }, { timeoutMs: 10_000 });
    return 'answered';
  } catch (error) {
    return AppError.from(error).reason;
  }
}
