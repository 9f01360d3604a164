import type { Clock, Random } from '../../core/index.ts';
import type { Subchannel } from '../../channel/index.ts';
import type { BalancingPolicy, PickInfo, ReadyEndpoint } from '../picker.ts';
import { createByAddress } from './by-address.ts';
import { candidatesOf } from './candidates.ts';
import { createPairDraw } from './draw.ts';
import { EndpointStatistics } from './endpoint-statistics.ts';
import type { Picked } from './picked.ts';

/** How p2c_ewma learns. */
export interface P2cEwmaOptions {
  /** What was measured counts 1/e after this, in milliseconds. Default 2,000. */
  readonly decayMs?: number | undefined;
  /** An endpoint that was not chosen for this long gets a call when it is drawn, in milliseconds. Default 1,000. */
  readonly probeAfterMs?: number | undefined;
}

/** Back among the others some ten seconds after a stall, a thousandth of the calls spent on finding out. */
export const DEFAULT_P2C_EWMA = { decayMs: 2_000, probeAfterMs: 1_000 };

/** The second is taken only when the first costs this many times as much: near equals follow the draw, and so the weights. */
const CLEARLY = 1.25;

interface Known {
  readonly statistics: EndpointStatistics;
  results: { readonly unary: Picked; readonly stream: Picked } | undefined;
}

/**
 * Of two endpoints drawn by weight the one where a call costs clearly less: recent peak latency times calls in flight over
 * the part that succeeds. The age of calls that wait counts as latency, so an endpoint that stalls loses its calls before
 * one of them has ended. An endpoint nobody has measured counts as fast as its rival. One that is no longer chosen gets a
 * call from time to time, but only one: while it is out, nobody else is sent after it.
 * Source: Finagle's PeakEwma; go-zero's p2c for the success rate and the forced choice.
 */
export function createP2cEwma(
  options: P2cEwmaOptions,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): BalancingPolicy {
  const decayMs = options.decayMs ?? DEFAULT_P2C_EWMA.decayMs;
  const probeAfterMs = options.probeAfterMs ?? DEFAULT_P2C_EWMA.probeAfterMs;
  const known = createByAddress((): Known => {
    return { statistics: new EndpointStatistics(decayMs, clock.monotonicMs()), results: undefined };
  });
  const resultsOf = (ready: ReadyEndpoint) => {
    const state = known.of(ready);
    if (state.results?.unary.subchannel !== ready.subchannel) {
      state.results = makeResults(state.statistics, ready.subchannel);
    }
    return state.results!; // just made when they were not there
  };
  const isDueForProbe = ({ pending, pickedAtMs }: EndpointStatistics, nowMs: number) =>
    pending === 0 && nowMs - pickedAtMs > probeAfterMs;

  return {
    name: 'p2c_ewma',
    createPicker(ready) {
      const candidates = candidatesOf(ready);
      const statistics = candidates.ready.map((one) => known.of(one).statistics);
      const results = candidates.ready.map(resultsOf);
      const queueWeights = toQueueWeights(candidates.weights);
      const draw = createPairDraw(candidates, random);

      const choose = ({ avoid, isStream }: PickInfo, nowMs: number): number => {
        const { first, second } = draw(avoid);
        if (first === second) return first;
        const one = statistics[first]!; // drawn from these lists
        const other = statistics[second]!;
        // What is known fades, and what is not known is taken to be as usual for the two: a new one is as fast as its rival.
        const oneFresh = one.latencyFreshness(nowMs);
        const otherFresh = other.latencyFreshness(nowMs);
        const fresh = oneFresh + otherFresh;
        const usualMs = fresh === 0 ? 0 : (one.latencyMs * oneFresh + other.latencyMs * otherFresh) / fresh;
        const oneMs = usualMs + oneFresh * (one.latencyMs - usualMs);
        const otherMs = usualMs + otherFresh * (other.latencyMs - usualMs);
        const oneCost = one.cost(oneMs, queueWeights[first]!, nowMs);
        const otherCost = other.cost(otherMs, queueWeights[second]!, nowMs);
        const isSecondBetter = oneCost > CLEARLY * otherCost;
        // A retry must succeed, and a stream measures nothing: neither is sent to find out.
        if (avoid === undefined && !isStream && isDueForProbe(isSecondBetter ? one : other, nowMs)) {
          return isSecondBetter ? first : second;
        }
        return isSecondBetter ? second : first;
      };
      return {
        pick(info) {
          const nowMs = clock.monotonicMs();
          const chosen = choose(info, nowMs);
          statistics[chosen]!.pickedAtMs = nowMs;
          const result = results[chosen]!;
          return info.isStream ? result.stream : result.unary;
        },
      };
    },
    forget: known.forget,
    describe: (address) => known.find(address)?.statistics.describe(clock.monotonicMs()),
  };
}

/** What a call in flight counts for: less where the weight is more, 1 at the average weight. */
function toQueueWeights(weights: Float64Array): Float64Array {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => mean / weight);
}

function makeResults(statistics: EndpointStatistics, subchannel: Subchannel) {
  const unary: Picked = {
    kind: 'picked',
    subchannel,
    onStart: (nowMs) => statistics.started(nowMs),
    onEnd: (code, durationMs, nowMs) => statistics.ended(code, durationMs, nowMs),
  };
  const stream: Picked = {
    kind: 'picked',
    subchannel,
    onStart: () => statistics.streamStarted(),
    onEnd: (code, _durationMs, nowMs) => statistics.streamEnded(code, nowMs),
  };
  return { unary, stream };
}
