import type { JsMsg } from '@nats-io/jetstream';

import type { Clock } from '../../../core/index.ts';
import type { IncomingMessage } from '../broker/index.ts';

/** Messages that were delivered and not acknowledged: kept from being delivered to others while they are worked on. */
export interface Unacknowledged {
  /** Takes one that came. */
  take(message: JsMsg): IncomingMessage;
  /** Gives back what is left, to be delivered to others at once. */
  giveBack(): void;
}

/** None yet. `isGone`: the connection is, and nothing can be said any more. */
export function createUnacknowledged(options: {
  readonly clock: Pick<Clock, 'setTimer'>;
  /** Between two times at which the server is told that these are in progress, in milliseconds. */
  readonly sayEveryMs: number;
  readonly isGone: () => boolean;
}): Unacknowledged {
  const { clock, sayEveryMs, isGone } = options;
  const messages = new Set<JsMsg>();
  const sayInProgress = () => {
    if (isGone()) return;
    for (const message of messages) message.working();
    timer = clock.setTimer(sayEveryMs, sayInProgress);
  };
  let timer = clock.setTimer(sayEveryMs, sayInProgress);
  return {
    take(message) {
      messages.add(message);
      return {
        headers: headersOf(message),
        data: message.string(),
        acknowledge() {
          if (messages.delete(message) && !isGone()) message.ack();
        },
      };
    },
    giveBack() {
      timer.cancel();
      for (const message of messages) if (!isGone()) message.nak();
      messages.clear();
    },
  };
}

function headersOf({ headers }: JsMsg): Readonly<Record<string, string>> {
  const named = [...(headers ?? [])].map(([name, values]) => [name, values[0] ?? ''] as const);
  return Object.fromEntries(named);
}
