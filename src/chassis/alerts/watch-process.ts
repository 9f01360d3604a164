import type { Events } from '../core/index.ts';
import type { ConsumerEvents } from '../events/index.ts';
import type { HealthEvents } from '../health/index.ts';
import type { SagaEvents } from '../saga/index.ts';
import type { SheddingEvents } from '../shedding/index.ts';
import type { Alerts } from './alerts.ts';

/** What of a process is worth telling an operator; whatever it does not have is absent. */
export interface AlertSources {
  readonly health?: Events<HealthEvents>;
  readonly consumers?: readonly Events<ConsumerEvents>[];
  readonly sagas?: Events<SagaEvents> | undefined;
  readonly shedding?: Events<SheddingEvents>;
}

/** Raises alerts for what happens there from here on, where somebody is told. `process` names it in texts: "order". */
export function watchProcess(
  alerts: Pick<Alerts, 'raise'> | undefined,
  process: string,
  { health, consumers = [], sagas, shedding }: AlertSources,
): void {
  if (alerts === undefined) return;
  const { raise } = alerts;
  if (health !== undefined) watchHealth(raise, process, health);
  for (const events of consumers) watchConsumer(raise, process, events);
  if (sagas !== undefined) watchSagas(raise, process, sagas);
  if (shedding !== undefined) watchShedding(raise, process, shedding);
}

type Raise = Alerts['raise'];

/** A start is no news, nor is what recovers before anybody was told. */
function watchHealth(raise: Raise, process: string, events: Events<HealthEvents>): void {
  const told = new Set<string>();
  events.on('changed', ({ name: component, from, state }) => {
    const { status: to } = state;
    if (to === from || (to === 'healthy' && !told.delete(component))) return;
    if (to !== 'healthy') told.add(component);
    const why = to === 'healthy' ? '' : `: ${state.why}`;
    raise({
      type: 'alert.component-changed',
      subject: { type: 'component', id: component },
      data: { component, from, to, text: `${component} of ${process} is ${to}${why}` },
    });
  });
}

function watchConsumer(raise: Raise, process: string, events: Events<ConsumerEvents>): void {
  events.on('buried', ({ consumer, source, eventId, type, attempts, failure }) =>
    raise({
      type: 'alert.event-buried',
      subject: { type: 'consumer', id: `${process}/${consumer}` },
      data: {
        ...{ consumer, eventSource: source, eventId, eventType: type, reason: failure.reason },
        text: `${process}/${consumer} gave up ${type} ${eventId} of ${source} after ${attempts} attempts: ${failure.message}`,
      },
    }),
  );
}

function watchSagas(raise: Raise, process: string, events: Events<SagaEvents>): void {
  events.on('transition', ({ sagaId, name: saga, correlationKey: subjectId, to }) => {
    if (to.kind !== 'PARKED') return;
    const { reason, message } = to.failure;
    raise({
      type: 'alert.saga-parked',
      subject: { type: 'saga', id: sagaId },
      data: {
        ...{ saga, sagaId, subjectId, reason },
        text: `the ${saga} saga of ${subjectId} waits for an operator of ${process}: ${message}`,
      },
    });
  });
}

function watchShedding(raise: Raise, process: string, events: Events<SheddingEvents>): void {
  const subject = { type: 'load', id: process };
  events.on('started', () =>
    raise({
      ...{ type: 'alert.overload-started', subject },
      data: { text: `${process} has more to do than it can, and refuses calls, the least important first` },
    }),
  );
  events.on('ended', ({ shed }) =>
    raise({
      ...{ type: 'alert.overload-ended', subject },
      data: { shed, text: `${process} takes all calls again; it refused ${shed}` },
    }),
  );
}
