import type { Metric, Registry } from 'prom-client';

import type { Clock } from '../core/index.ts';
import type { Exemplar } from './exemplar.ts';

/** How long things of one kind take, counted in buckets by labels: a Prometheus histogram that is cheap to write to. */
export interface Durations {
  /**
   * Counts one that took this long. Values are in the order of the labels, an empty one stands for none; keep their number
   * small and bounded. `traceparent`: of the one that was recorded, to find an example of this bucket by.
   */
  observe(durationMs: number, values: readonly string[], traceparent?: string): void;
}

/** What it is called, and where it is printed. */
export interface DurationsOptions {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly registry: Registry;
  readonly clock: Pick<Clock, 'now'>;
}

/** From half a millisecond, one hop, to ten seconds, the longest deadline. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One combination of label values. */
interface Series {
  readonly values: readonly string[];
  /** Of each bucket by itself; the last one is for what is longer than all. */
  readonly counts: number[];
  sumSeconds: number;
  /** The last of each bucket that was recorded; undefined: none ever was. */
  exemplars: (Exemplar | undefined)[] | undefined;
}

type Tree = Map<string, Tree | Series>;

/**
 * Makes a histogram in plain arrays, which become text when somebody scrapes: prom-client's own makes and hashes an object
 * of labels for each observation, ten times the cost.
 */
export function createDurations({ name, help, labels, registry, clock }: DurationsOptions): Durations {
  const tree: Tree = new Map();
  const all: Series[] = [];

  const seriesOf = (values: readonly string[]): Series => {
    let node: Tree | Series | undefined = tree;
    for (let depth = 0; depth < values.length; depth++) {
      node = (node as Tree).get(values[depth]!); // a series stands at the last depth only
      if (node === undefined) return grow(values);
    }
    return node as Series;
  };

  const grow = (values: readonly string[]): Series => {
    if (values.length !== labels.length) throw new Error(`${name} has the labels ${labels.join(', ')}`);
    const series: Series = {
      values: [...values],
      counts: new Array<number>(SECONDS.length + 1).fill(0),
      sumSeconds: 0,
      exemplars: undefined,
    };
    let node = tree;
    for (const value of values.slice(0, -1)) {
      const next = (node.get(value) as Tree | undefined) ?? new Map<string, Tree | Series>();
      node.set(value, next);
      node = next;
    }
    node.set(values.at(-1)!, series);
    all.push(series);
    return series;
  };

  const metric = {
    name,
    get: async () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: all.flatMap((series) => lines(name, labels, series)),
    }),
  };
  // A registry reads a metric's name and calls its get(); its type wants one of prom-client's classes.
  registry.registerMetric(metric as unknown as Metric);

  return {
    observe(durationMs, values, traceparent) {
      const series = seriesOf(values);
      const seconds = durationMs / 1_000;
      let bucket = 0;
      while (bucket < SECONDS.length && seconds > SECONDS[bucket]!) bucket++;
      series.counts[bucket]! += 1;
      series.sumSeconds += seconds;
      if (traceparent === undefined) return;
      series.exemplars ??= [];
      series.exemplars[bucket] = { traceparent, value: seconds, atMs: clock.now() };
    },
  };
}

/** Buckets count what is at most that long, shorter ones included. */
function lines(name: string, labels: readonly string[], { values, counts, sumSeconds, exemplars }: Series) {
  const shared = Object.fromEntries(
    labels.map((label, index) => [label, values[index]!]).filter(([, value]) => value !== ''),
  );
  let total = 0;
  const buckets = counts.map((count, index) => {
    total += count;
    const bucket = { metricName: `${name}_bucket`, labels: { le: SECONDS[index] ?? '+Inf', ...shared }, value: total };
    const exemplar = exemplars?.[index];
    return exemplar === undefined ? bucket : { ...bucket, exemplar };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: shared, value: sumSeconds },
    { metricName: `${name}_count`, labels: shared, value: total },
  ];
}
