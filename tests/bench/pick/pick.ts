import {
  POLICY_KINDS,
  createPolicy,
  type Picker,
  type PickInfo,
  type PolicyConfig,
  type PolicyKind,
  type ReadyEndpoint,
} from '../../../src/chassis/balancer/index.ts';
import type { Subchannel } from '../../../src/chassis/channel/index.ts';
import { STATUS_CODES, newId, systemClock, systemRandom } from '../../../src/chassis/core/index.ts';
import type { Bench } from '../bench.ts';
import { summarize, type Figures, type Summary } from '../figures.ts';
import { pickText } from './text.ts';

/** One row: what a pick costs, with telling the policy of the call's start and end, in nanoseconds. */
export type PickRow = Summary<'nsPerPick'> & { readonly name: PolicyKind; readonly endpoints: number };

/** Endpoints that are ready. */
const SIZES = [3, 10, 100, 1_000] as const;

/** Rounds of about a millisecond: most of them pass without anybody taking the core away, so that the median is clean. */
const FULL = { rounds: 101, picksPerRound: 5_000, warmUpPicks: 200_000 } as const;
const QUICK = { rounds: 1, picksPerRound: 500, warmUpPicks: 500 } as const;

/** Calls that are under way at any time: each pick begins one and ends the oldest. */
const IN_FLIGHT = 64;
const KEY_HEADER = 'x-key';

/** Every policy over fleets of several sizes, in turns, so that whatever else the machine does meets all of them alike. */
export const pick: Bench = async ({ quick, rows: wanted, progress, signal }) => {
  const plan = quick ? QUICK : FULL;
  const subjects = POLICY_KINDS.filter((name) => wanted === undefined || wanted.includes(name)).flatMap((name) =>
    SIZES.map((endpoints) => ({
      name,
      endpoints,
      run: createRun(name, endpoints),
      rounds: [] as Figures<'nsPerPick'>[],
    })),
  );
  progress.step('pick: warming up');
  for (const { run } of subjects) run(plan.warmUpPicks);
  for (let round = 0; round < plan.rounds; round++) {
    signal.throwIfAborted();
    progress.step('pick: measuring', round, plan.rounds);
    await new Promise(setImmediate); // lets a signal in
    for (const { run, rounds } of subjects) rounds.push({ nsPerPick: run(plan.picksPerRound) });
  }
  const rows = subjects.map(({ name, endpoints, rounds }): PickRow => ({ name, endpoints, ...summarize(rounds) }));
  return { rows, text: pickText(rows, plan) };
};

/** Picks as often as it is told, and returns what one pick took. */
function createRun(name: PolicyKind, endpoints: number): (picks: number) => number {
  const policy = createPolicy(configOf(name), { clock: systemClock, random: systemRandom });
  const picker = policy.createPicker(fleet(endpoints));
  const infos = Array.from({ length: 1_024 }, callInfo);
  const underWay = Array.from({ length: IN_FLIGHT }, (_, n) => begin(picker, infos[n % infos.length]!, 0));
  let at = 0;
  return (picks) => {
    const nowMs = systemClock.monotonicMs(); // the client reads the clock for itself, whatever the policy
    const before = process.hrtime.bigint();
    for (let n = 0; n < picks; n++) {
      underWay[at]!.onEnd?.(STATUS_CODES.OK, 0.2, nowMs);
      underWay[at] = begin(picker, infos[n % infos.length]!, nowMs - 0.2);
      at = (at + 1) % IN_FLIGHT;
    }
    return Number(process.hrtime.bigint() - before) / picks;
  };
}

function begin(picker: Picker, info: PickInfo, nowMs: number) {
  const result = picker.pick(info);
  if (result.kind !== 'picked') throw new Error('every endpoint is ready, and none was picked');
  result.onStart?.(nowMs);
  return result;
}

function configOf(kind: PolicyKind): PolicyConfig {
  return kind === 'ring_hash' ? { kind, header: KEY_HEADER } : { kind };
}

function callInfo(): PickInfo {
  const key = newId();
  return { method: '/a.B/C', avoid: undefined, header: (name) => (name === KEY_HEADER ? key : undefined) };
}

function fleet(count: number): readonly ReadyEndpoint[] {
  return Array.from({ length: count }, (_, n) => {
    const address = `10.0.${n >> 8}.${n & 255}:50051`;
    const subchannel = { address } as Subchannel; // policies look at nothing else of it
    const endpoint = {
      address,
      weight: 50 + (n % 3) * 50,
      zone: '',
      version: '',
      metadata: {},
      transports: [],
      startedAt: '',
    };
    return { endpoint, subchannel };
  });
}
