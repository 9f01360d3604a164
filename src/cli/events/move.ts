import {
  MovedPartition,
  type ReplayConsumerRequest,
  type SkipToRequest,
} from '../../../gen/tradewind/events/v1/consumer_service.ts';
import { UsageError } from '../../usage-error.ts';
import type { CommandHost } from '../call.ts';
import { agrees, assertPerson } from '../confirm.ts';
import { MAX_WIDTH, table, type Column } from '../table.ts';
import { withConsumers, type EventsOptions } from './open-consumers.ts';

/** What both ways to move a consumer take. */
interface MoveOptions extends EventsOptions {
  readonly process: string;
  readonly consumer: string;
  /** Default: all. */
  readonly partition?: number;
  /** Why; kept. */
  readonly reason: string;
  /** Does not ask. */
  readonly yes?: boolean;
}

/** What `tradewind events replay` was asked for. */
export interface ReplayCommand extends MoveOptions {
  readonly after?: bigint;
  readonly since?: Date;
  /** Also what has been handled takes effect again. */
  readonly again?: boolean;
}

/** Has a consumer read again. With --again, which repeats effects, it asks first. */
export async function runEventsReplay(command: ReplayCommand, host: CommandHost): Promise<void> {
  const { process, consumer, again = false, reason, partition } = command;
  const from = fromOf(command);
  const question = `have everything that ${consumer} has handled since then take effect again?`;
  if (again && !(await isAgreed(question, command, host))) return;
  await withConsumers(process, command, host, async (consumers) => {
    const request = { consumer, from, again, reason, ...(partition !== undefined && { partition }) };
    const { partitions } = await consumers.replayConsumer(request, { signal: host.signal });
    print(partitions, command, host);
  });
}

function fromOf({ after, since }: ReplayCommand): ReplayConsumerRequest['from'] {
  if (after !== undefined && since === undefined) return { $case: 'afterPosition', value: after };
  if (since !== undefined && after === undefined) return { $case: 'since', value: since };
  throw new UsageError('say from where: --after <position> (0: all that is kept) or --since <time>');
}

/** What `tradewind events skip` was asked for. */
export interface SkipCommand extends MoveOptions {
  readonly to?: bigint;
  readonly toOldest?: boolean;
  readonly toNewest?: boolean;
}

/** Has a consumer leave events out, for ever; asks first. */
export async function runEventsSkip(command: SkipCommand, host: CommandHost): Promise<void> {
  const { process, consumer, reason, partition } = command;
  const to = toOf(command);
  const question = `leave out, for ever, what ${consumer} has not handled up to there?`;
  if (!(await isAgreed(question, command, host))) return;
  await withConsumers(process, command, host, async (consumers) => {
    const request = { consumer, to, reason, ...(partition !== undefined && { partition }) };
    const { partitions } = await consumers.skipTo(request, { signal: host.signal });
    print(partitions, command, host);
  });
}

function toOf({ to, toOldest, toNewest }: SkipCommand): SkipToRequest['to'] {
  const given = [
    ...(to === undefined ? [] : [{ $case: 'position', value: to } as const]),
    ...(toOldest === true ? [{ $case: 'oldest', value: true } as const] : []),
    ...(toNewest === true ? [{ $case: 'newest', value: true } as const] : []),
  ];
  const [only, ...others] = given;
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError('say up to where: --to <position>, --to-oldest or --to-newest');
}

async function isAgreed(question: string, command: MoveOptions, host: CommandHost): Promise<boolean> {
  if (command.yes === true) return true;
  assertPerson(host, command, 'pass --yes to go ahead');
  if (await agrees(question, host)) return true;
  host.write('Nothing was done.\n');
  return false;
}

function print(partitions: readonly MovedPartition[], { json }: EventsOptions, host: CommandHost): void {
  if (json === true) {
    for (const moved of partitions) host.write(`${JSON.stringify(MovedPartition.toJSON(moved))}\n`);
    return;
  }
  const columns: readonly Column<MovedPartition>[] = [
    { title: 'partition', value: ({ partition }) => String(partition), align: 'right' },
    { title: 'from', value: ({ fromPosition }) => String(fromPosition), align: 'right' },
    { title: 'to', value: ({ toPosition }) => String(toPosition), align: 'right' },
  ];
  host.write(
    partitions.length === 0 ? 'No partition stands where it would be moved.\n' : table(partitions, columns, MAX_WIDTH),
  );
}
