import type { CommandHost } from '../call.ts';
import { withEvents, type EventsOptions } from './open-consumers.ts';

/** What `tradewind events refill` was asked for. */
export interface RefillCommand extends EventsOptions {
  /** The process whose events are published again. */
  readonly source: string;
  /** 0: all that is kept. */
  readonly after: bigint;
}

/** Has a publisher hand its events to the broker again; consumers drop what they have had. */
export async function runEventsRefill(command: RefillCommand, host: CommandHost): Promise<void> {
  const { source, after: afterPosition, json } = command;
  await withEvents(source, command, host, async (events) => {
    const { courier } = await events.refillBroker({ afterPosition }, { signal: host.signal });
    if (json === true) host.write(`${JSON.stringify({ source, courier, afterPosition: String(afterPosition) })}\n`);
    else host.write(`${source} hands its events after position ${afterPosition} to ${courier} again.\n`);
  });
}
