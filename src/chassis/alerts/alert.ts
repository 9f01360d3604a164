import type { Finding } from '../health/index.ts';

/** What an operator is told of a process, by type of event. */
export interface AlertEvents {
  /** A component got worse, or is healthy again after it was told to be worse. */
  readonly 'alert.component-changed': AlertData & {
    readonly component: string;
    readonly from: Finding['status'];
    readonly to: Finding['status'];
  };
  /** A consumer gave an event up: it waits to be redriven. */
  readonly 'alert.event-buried': AlertData & {
    readonly consumer: string;
    readonly eventSource: string;
    readonly eventId: string;
    readonly eventType: string;
    readonly reason: string;
  };
  /** A saga waits for an operator. */
  readonly 'alert.saga-parked': AlertData & {
    readonly saga: string;
    readonly sagaId: string;
    /** What it is about: the order's id. */
    readonly subjectId: string;
    readonly reason: string;
  };
  /** Calls are refused for load from here on. */
  readonly 'alert.overload-started': AlertData;
  readonly 'alert.overload-ended': AlertData & { readonly shed: number };
}

/** What every alert says. */
export interface AlertData {
  /** Which copy of the process tells. */
  readonly instance: string;
  /** All of it in one sentence, for people. */
  readonly text: string;
}

/** The name of an alert. */
export type AlertType = keyof AlertEvents;

/** An alert as it is raised: which copy tells is added. */
export interface Alert<Type extends AlertType> {
  readonly type: Type;
  /** What it is about; what is told of one subject comes in the order in which it happened. */
  readonly subject: { readonly type: string; readonly id: string };
  readonly data: Omit<AlertEvents[Type], 'instance'>;
}
