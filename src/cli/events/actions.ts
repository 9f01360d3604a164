import { Action, ConsumerAction, ListActionsRequest } from '../../../gen/tradewind/events/v1/consumer_service.ts';
import type { CommandHost } from '../call.ts';
import { MAX_WIDTH, table, type Column } from '../table.ts';
import { timeText } from '../time-text.ts';
import { askConsumers, type EventsOptions, type OfProcess } from './open-consumers.ts';

/** What `tradewind events actions` was asked for. */
export interface ActionsCommand extends EventsOptions {
  /** Default: every process that runs consumers. */
  readonly process?: string;
  readonly consumer?: string;
  /** Of each process at most so many, up to 200. */
  readonly limit: number;
}

/** Prints what operators did to consumers, the latest first. */
export async function runEventsActions(command: ActionsCommand, host: CommandHost): Promise<void> {
  const { consumer = '', limit: pageSize } = command;
  const request = ListActionsRequest.fromPartial({ consumer, pageSize });
  const asked = await askConsumers(command.process, command, host, async (consumers) => {
    return (await consumers.listActions(request, { signal: host.signal })).actions;
  });
  const rows = asked.flatMap(({ process, answer }) => answer.map((action) => ({ process, answer: action })));
  if (command.json === true) {
    for (const { process, answer } of rows) {
      host.write(`${JSON.stringify({ process, ...(Action.toJSON(answer) as object) })}\n`);
    }
  } else {
    host.write(actionTable(rows));
  }
}

function actionTable(rows: readonly OfProcess<Action>[]): string {
  if (rows.length === 0) return 'Nothing was done to any consumer.\n';
  const columns: readonly Column<OfProcess<Action>>[] = [
    { title: 'time (UTC)', value: ({ answer }) => timeText(answer.actionTime) },
    { title: 'process', value: ({ process }) => process },
    { title: 'consumer', value: ({ answer }) => answer.consumer, shrinks: true },
    { title: 'action', value: ({ answer }) => actionWord(answer.action) },
    { title: 'by', value: ({ answer }) => answer.actor, shrinks: true },
    { title: 'why', value: ({ answer }) => answer.reason, shrinks: true },
    { title: 'what', value: ({ answer }) => answer.detail, shrinks: true },
  ];
  return table(rows, columns, MAX_WIDTH);
}

function actionWord(action: ConsumerAction): string {
  const name = Object.entries(ConsumerAction).find(([, value]) => value === action)?.[0] ?? 'unknown';
  return name.replace('CONSUMER_ACTION_', '').toLowerCase();
}
