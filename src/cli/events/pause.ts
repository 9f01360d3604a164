import type { CommandHost } from '../call.ts';
import { withConsumers, type EventsOptions } from './open-consumers.ts';

/** What `tradewind events pause | resume` was asked for. */
export interface PauseCommand extends EventsOptions {
  readonly action: 'pause' | 'resume';
  readonly process: string;
  readonly consumer: string;
  /** Why; kept. */
  readonly reason: string;
}

/** Stops a consumer on all its members, or lets it go on. */
export async function runEventsPause(command: PauseCommand, host: CommandHost): Promise<void> {
  const { action, process, consumer, reason } = command;
  await withConsumers(process, command, host, async (consumers) => {
    const request = { consumer, reason };
    if (action === 'pause') await consumers.pauseConsumer(request, { signal: host.signal });
    else await consumers.resumeConsumer(request, { signal: host.signal });
    if (command.json === true) host.write(`${JSON.stringify({ consumer, isPaused: action === 'pause' })}\n`);
    else host.write(action === 'pause' ? `${consumer} is paused until it is resumed.\n` : `${consumer} goes on.\n`);
  });
}
