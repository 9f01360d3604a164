import type { Duration } from '../../../gen/google/protobuf/duration.ts';
import {
  GenerationState as ProtoState,
  type Generation,
  type ReadModel,
  type ReadModelServiceImplementation,
} from '../../../gen/tradewind/order/v1/read_model.ts';
import { AppError, currentCall } from '../../chassis/core/index.ts';
import type { GenerationState, GenerationStatus, ReadModels } from '../../chassis/event-store/index.ts';
import { assertAdmin } from '../../chassis/security/index.ts';

const STATES: Readonly<Record<GenerationState, ProtoState>> = {
  SERVING: ProtoState.GENERATION_STATE_SERVING,
  BUILDING: ProtoState.GENERATION_STATE_BUILDING,
};

/** ReadModelService: read models listed and made again. Administrators only. */
export function createReadModelHandlers(
  readModels: Pick<ReadModels, 'list' | 'rebuild'>,
): ReadModelServiceImplementation {
  return {
    async listReadModels() {
      assertAdmin(currentCall()?.principal);
      return { readModels: toReadModels(await readModels.list()) };
    },
    async rebuildReadModel({ name }) {
      assertAdmin(currentCall()?.principal);
      if ((await readModels.rebuild(name)) === undefined) throw readModelNotFound(name);
      return { readModel: toReadModels(await readModels.list()).find((one) => one.name === name) };
    },
  };
}

function toReadModels(generations: readonly GenerationStatus[]): ReadModel[] {
  const byName = Map.groupBy(generations, ({ name }) => name);
  return [...byName].map(([name, all]) => ({
    name,
    generations: all.map(toGeneration),
    logEnd: all[0]?.logEnd ?? 0n,
  }));
}

function toGeneration(status: GenerationStatus): Generation {
  const { generation, state, position, behindSeconds, owner = '', createTime, updateTime } = status;
  return {
    ...{ number: generation, state: STATES[state], position, owner, createTime, updateTime },
    behind: behindSeconds === undefined ? undefined : toProtoDuration(behindSeconds),
  };
}

function toProtoDuration(seconds: number): Duration {
  const whole = Math.trunc(seconds);
  return { seconds: BigInt(whole), nanos: Math.trunc((seconds - whole) * 1e9) };
}

function readModelNotFound(name: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'READ_MODEL_NOT_FOUND',
    message: `there is no read model ${name}`,
    details: [{ kind: 'resourceInfo', resourceType: 'read model', resourceName: name }],
  });
}
