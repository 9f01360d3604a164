import { SagaCommand as ProtoCommand } from '../../../gen/tradewind/order/v1/saga.ts';
import { invalidArgument } from '../../chassis/core/index.ts';
import type { SagaCommand, SagaFailure } from '../../chassis/saga/index.ts';

/** The commands of SagaService as the engine takes them; `reason` is in the operator's words. */
export const sagaCommands = {
  retry: (): SagaCommand => ({ kind: 'retry' }),
  skip: (step: string): SagaCommand => ({ kind: 'skip', step }),
  compensate: (reason: string): SagaCommand => ({
    kind: 'compensate',
    failure: asked('CANCELLED_BY_OPERATOR', reason),
  }),
  park: (reason: string): SagaCommand => ({ kind: 'park', failure: asked('PARKED_BY_OPERATOR', reason) }),
  resume: (): SagaCommand => ({ kind: 'resume' }),
};

/**
 * What a bulk command asks of each saga.
 *
 * @throws AppError INVALID_ARGUMENT when a step is missing that is to be skipped, or given with another command.
 */
export function fromProtoCommand(request: {
  readonly command: ProtoCommand;
  readonly step: string;
  readonly reason: string;
}): SagaCommand {
  const { command, step, reason } = request;
  const skips = command === ProtoCommand.SAGA_COMMAND_SKIP_STEP;
  if (skips !== (step !== '')) {
    const description = skips
      ? 'is required to skip a step'
      : 'is for SAGA_COMMAND_SKIP_STEP only; a filter has its own';
    throw invalidArgument([{ field: 'step', description }]);
  }
  switch (command) {
    case ProtoCommand.SAGA_COMMAND_RETRY:
      return sagaCommands.retry();
    case ProtoCommand.SAGA_COMMAND_SKIP_STEP:
      return sagaCommands.skip(step);
    case ProtoCommand.SAGA_COMMAND_COMPENSATE:
      return sagaCommands.compensate(reason);
    case ProtoCommand.SAGA_COMMAND_PARK:
      return sagaCommands.park(reason);
    case ProtoCommand.SAGA_COMMAND_RESUME:
      return sagaCommands.resume();
    default:
      throw invalidArgument([{ field: 'command', description: 'is no command' }]);
  }
}

function asked(reason: string, message: string): SagaFailure {
  return { status: 'CANCELLED', reason, message };
}
