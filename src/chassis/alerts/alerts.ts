import type { Clock, NewId, Random } from '../core/index.ts';
import { createEventBus, type InProcessWork } from '../in-process/index.ts';
import type { Alert, AlertEvents, AlertType } from './alert.ts';
import { postAlert } from './post-alert.ts';

/** Tells operators what a process wants them to know. */
export interface Alerts {
  /** Returns at once. What a webhook does not take in five tries is logged, with what it did not take. */
  raise<Type extends AlertType>(alert: Alert<Type>): void;
  readonly work: InProcessWork;
}

/** Who tells, and whom. */
export interface AlertsOptions {
  readonly process: string;
  readonly instance: string;
  /** Each is told on its own: one that is slow or away holds no other up. */
  readonly webhooks: readonly URL[];
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
}

/** One attempt to post an alert takes no longer, in milliseconds. */
const ATTEMPT_TIMEOUT_MS = 5_000;
/** Five tries take up to a quarter of a minute: a receiver that is started again is there by then. */
const RETRY = { maxAttempts: 5, baseMs: 1_000, maxMs: 8_000 };
/** So many alerts wait for one webhook; then it misses some. A process has no more than a few to tell at a time. */
const MAX_QUEUED = 200;
/** A process that ends waits so long for its last alerts, in milliseconds. */
const DRAIN_TIMEOUT_MS = 1_000;

/** A bus with a subscriber for each webhook. Closed by who made it. */
export function createAlerts({ process, instance, webhooks, clock, random, newId }: AlertsOptions): Alerts {
  const bus = createEventBus<AlertEvents>({ source: process, clock, random, newId });
  for (const [index, url] of webhooks.entries()) {
    const post = postAlert(url);
    bus.subscribe({
      name: `alerts to webhook ${index + 1} (${url.host})`,
      ...{ maxConcurrent: 4, maxQueued: MAX_QUEUED, attemptTimeoutMs: ATTEMPT_TIMEOUT_MS, retry: RETRY },
      drainTimeoutMs: DRAIN_TIMEOUT_MS,
      handlers: {
        'alert.component-changed': post,
        'alert.event-buried': post,
        'alert.saga-parked': post,
        'alert.overload-started': post,
        'alert.overload-ended': post,
      },
      backlog: {
        advice: `See that ${url.host} answers, or take it out of ALERT_WEBHOOK_URLS of ${process}.`,
      },
    });
  }
  return {
    raise({ type, subject, data }) {
      const told = { ...data, instance } as AlertEvents[typeof type]; // all that an Alert's data leaves out
      bus.publish({ type, aggregateType: subject.type, aggregateId: subject.id, data: told }).catch(() => undefined); // a webhook that did not take it has a dead letter, which is logged
    },
    work: bus,
  };
}
