import {
  PartCommand as ProtoCommand,
  PartState,
  type Part,
  type PartAction,
} from '../../../../gen/tradewind/choreography/v1/part_service.ts';
import type { NotedCommand, PartCommand } from './command-part.ts';
import type { DueStep, PartStatus } from './part-status.ts';

/** A part as the contract tells of it. */
export function toPartMessage({ due, said, traceparent = '', ...status }: PartStatus): Part {
  const { part, subject, heard, createTime, updateTime } = status;
  return {
    ...{ part, subject, createTime, updateTime, traceparent, heard: heard.toSorted() },
    state: stateOf(due),
    step: due?.name ?? '',
    attempts: due?.attempts ?? 0,
    lastError: due?.lastError,
    dueTime: due?.dueTime,
    stepTime: due?.since,
    said: said.map(({ step, type, time: eventTime }) => ({ step, type, eventTime })),
  };
}

function stateOf(due: DueStep | undefined): PartState {
  if (due === undefined) return PartState.PART_STATE_IDLE;
  return due.dueTime === undefined ? PartState.PART_STATE_PARKED : PartState.PART_STATE_UNDER_WAY;
}

const COMMANDS: Readonly<Record<PartCommand, ProtoCommand>> = {
  resume: ProtoCommand.PART_COMMAND_RESUME,
  park: ProtoCommand.PART_COMMAND_PARK,
};

/** What an operator did. */
export function toActionMessage({ command, time: actionTime, ...noted }: NotedCommand): PartAction {
  return { ...noted, command: COMMANDS[command], actionTime };
}
