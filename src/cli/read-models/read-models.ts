import type { Generation } from '../../../gen/tradewind/order/v1/read_model.ts';
import { GenerationState, ReadModel, ReadModelServiceDefinition } from '../../../gen/tradewind/order/v1/read_model.ts';
import { systemClock } from '../../chassis/core/index.ts';
import type { CommandHost } from '../call.ts';
import { shortDuration } from '../duration.ts';
import { withOrderProcess, type OrderProcessOptions } from '../order-process.ts';
import { table, type Column } from '../table.ts';

/** What `tradewind read-models rebuild` was asked for. */
export interface RebuildCommand extends OrderProcessOptions {
  /** "orders". */
  readonly name: string;
  /** False: end as soon as it is begun. */
  readonly wait: boolean;
}

const MAX_WIDTH = 120;

/** Between two looks at how far a rebuild is, in milliseconds. */
const LOOK_MS = 250;

/** Prints read models as a table, a row for each generation, or with --json one a line. */
export async function runReadModelsList(command: OrderProcessOptions, host: CommandHost): Promise<void> {
  await withOrderProcess(ReadModelServiceDefinition, command, host, async (client) => {
    const { readModels } = await client.listReadModels({}, { signal: host.signal });
    if (command.json === true) print(readModels, host);
    else host.write(readModelTable(readModels, systemClock.now()));
  });
}

/** Begins to make a read model again and waits, unless told not to, until readers are given it. */
export async function runReadModelsRebuild(command: RebuildCommand, host: CommandHost): Promise<void> {
  const { name, wait, json = false } = command;
  const { signal } = host;
  await withOrderProcess(ReadModelServiceDefinition, command, host, async (client) => {
    const startedAt = systemClock.monotonicMs();
    let { readModel } = await client.rebuildReadModel({ name }, { signal });
    const building = readModel?.generations.find(({ state }) => state === GenerationState.GENERATION_STATE_BUILDING);
    while (wait && building !== undefined && !isServed(readModel, building)) {
      await systemClock.sleep(LOOK_MS, signal);
      const { readModels } = await client.listReadModels({}, { signal });
      readModel = readModels.find((one) => one.name === name);
    }
    if (json) print(readModel === undefined ? [] : [readModel], host);
    else if (wait) host.write(`${name} was made again in ${shortDuration(systemClock.monotonicMs() - startedAt)}.\n`);
    else host.write(`${name} is being made again; see \`tradewind read-models list\`.\n`);
  });
}

/** Read models as a table for people, at most 120 columns wide. */
export function readModelTable(readModels: readonly ReadModel[], nowMs: number): string {
  const rows = readModels.flatMap((model) => model.generations.map((generation) => ({ model, generation })));
  if (rows.length === 0) return 'There is no read model.\n';
  const columns: readonly Column<(typeof rows)[number]>[] = [
    { title: 'read model', value: ({ model }) => model.name, shrinks: true },
    { title: 'generation', value: ({ generation }) => String(generation.number), align: 'right' },
    { title: 'state', value: ({ generation }) => stateWord(generation.state) },
    { title: 'position', value: ({ generation }) => String(generation.position), align: 'right' },
    { title: 'missing', value: ({ model, generation }) => String(model.logEnd - generation.position), align: 'right' },
    { title: 'behind', value: ({ generation }) => behindWord(generation), align: 'right' },
    { title: 'age', value: ({ generation }) => ageWord(generation, nowMs), align: 'right' },
    { title: 'filled by', value: ({ generation }) => generation.owner, shrinks: true },
  ];
  return table(rows, columns, MAX_WIDTH);
}

function print(readModels: readonly ReadModel[], host: CommandHost): void {
  for (const model of readModels) host.write(`${JSON.stringify(ReadModel.toJSON(model))}\n`);
}

function isServed(model: ReadModel | undefined, { number }: Generation): boolean {
  const serving = model?.generations.find(({ state }) => state === GenerationState.GENERATION_STATE_SERVING);
  return serving !== undefined && serving.number >= number;
}

function stateWord(state: GenerationState): string {
  return state === GenerationState.GENERATION_STATE_BUILDING ? 'building' : 'serving';
}

function behindWord({ behind }: Generation): string {
  return behind === undefined ? '' : shortDuration(Number(behind.seconds) * 1_000 + behind.nanos / 1e6);
}

function ageWord({ createTime }: Generation, nowMs: number): string {
  return createTime === undefined ? '' : shortDuration(nowMs - createTime.getTime());
}
