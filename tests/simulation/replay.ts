import { planOf, type Plan } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate, type SimulationOptions, type SimulationResult } from './simulate.ts';
import { tellStory } from './trace.ts';

/** A story longer than this is cut in its middle. */
const MAX_LINES = 160;

/** How to run one seed again. */
export function replayCommand(seed: number, onPostgres = false): string {
  return `npm run simulate -- --seed ${seed}${onPostgres ? ' --postgres' : ''}`;
}

/**
 * The story of a seed, to be read: what went wrong in it, smallest first, what happened to the sagas concerned, and which
 * promises were broken. A seed that fails is told with as few faults as it still fails with.
 */
export async function replay(seed: number, options: SimulationOptions = {}): Promise<readonly string[]> {
  const full = planOf(seed);
  const fails = async (plan: Plan) => (await simulate(plan, options)).breaches.length > 0;
  const plan = (await fails(full)) ? await shrink(full, fails) : full;
  const result = await simulate(plan, options);
  return [
    ...header(full, plan),
    ...story(plan, result),
    `${result.hash}  ${replayCommand(seed, options.postgres !== undefined)}`,
  ];
}

function header(full: Plan, plan: Plan): readonly string[] {
  const { processes, tuning, steps, hooked, haste } = plan;
  const left = `${plan.faults.length} of ${full.faults.length} faults and ${plan.sagas.length} of ${full.sagas.length} sagas left`;
  return [
    `seed ${plan.seed}: ${left}`,
    JSON.stringify({ processes, tuning, steps, hooked, haste }),
    ...plan.sagas.map((saga, at) => `s${at} ${JSON.stringify(saga)}`),
    ...plan.faults.map((fault) => JSON.stringify(fault)),
  ];
}

function story(plan: Plan, { events, breaches }: SimulationResult): readonly string[] {
  const concerned = new Set(breaches.map(({ saga }) => saga).filter((saga) => saga !== ''));
  const sagas = concerned.size > 0 ? concerned : new Set(plan.sagas.map((_, at) => `s${at}`));
  const lines = tellStory(events, sagas);
  if (lines.length <= MAX_LINES) return lines;
  const left = `... ${lines.length - MAX_LINES} events left out ...`;
  return [...lines.slice(0, MAX_LINES / 2), left, ...lines.slice(-MAX_LINES / 2)];
}
