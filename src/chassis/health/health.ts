import type { HealthCheckResponse, HealthServiceImplementation } from '../../../gen/health/v1/health.ts';
import { HealthCheckResponse_ServingStatus as Status } from '../../../gen/health/v1/health.ts';
import { AppError, createEmitter, raceAbort } from '../core/index.ts';
import type { HealthMonitor } from './health-monitor.ts';

/** What a process says of itself. */
export type ServingState = 'serving' | 'not-serving';

/** The health of one process, and the grpc.health.v1 service that tells it. */
export interface Health {
  /** What was set; whether the process is ready is the components' matter. */
  readonly state: ServingState;
  /** Changes the health of the process and all its services; watchers are told at once. */
  set(state: ServingState): void;
  /** Not serving from here on, whatever is set: watchers are told so, and then their streams end with this error. */
  end(error: AppError): void;
  /** Serves Check, Watch and List for "" (the process), each service, and each component (COMPONENT_PREFIX). */
  readonly implementation: HealthServiceImplementation;
}

/** The name of the process as a whole. Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
const OVERALL = '';

/**
 * What goes before the name of a component: "component.database". Such a name is serving only while the component is
 * healthy, because who asks for it wants to know; "" and the services go by whether the process is ready.
 */
export const COMPONENT_PREFIX = 'component.';

/**
 * Makes the health of a process that serves these services (full names). It starts as not serving, and serves while that is
 * set and every component of the monitor, where there is one, is healthy or degraded.
 */
export function createHealth(services: readonly string[], monitor?: Pick<HealthMonitor, 'report' | 'events'>): Health {
  const known = new Set([OVERALL, ...services]);
  const changes = createEmitter<{ changed: void }>();
  let state: ServingState = 'not-serving';
  let ending: AppError | undefined;
  monitor?.events.on('changed', () => changes.emit('changed', undefined));

  const names = () => {
    const components = Object.keys(monitor?.report.components ?? {});
    return [...known, ...components.map((name) => `${COMPONENT_PREFIX}${name}`)];
  };
  const isServing = (service: string): boolean | undefined => {
    if (known.has(service)) return state === 'serving' && (monitor?.report.isReady ?? true);
    if (!service.startsWith(COMPONENT_PREFIX)) return undefined;
    const component = monitor?.report.components[service.slice(COMPONENT_PREFIX.length)];
    return component && ending === undefined && component.status === 'healthy';
  };
  const statusOf = (service: string): HealthCheckResponse['status'] => {
    const serving = isServing(service);
    if (serving === undefined) return Status.SERVICE_UNKNOWN;
    return serving ? Status.SERVING : Status.NOT_SERVING;
  };

  return {
    get state() {
      return state;
    },
    set(next) {
      if (next === state || ending !== undefined) return;
      state = next;
      changes.emit('changed', undefined);
    },
    end(error) {
      ending ??= error;
      state = 'not-serving';
      changes.emit('changed', undefined);
    },
    implementation: {
      async check({ service }) {
        const status = statusOf(service);
        if (status === Status.SERVICE_UNKNOWN) throw unknownService(service);
        return { status };
      },
      async *watch({ service }, { signal }) {
        let told: HealthCheckResponse['status'] | undefined;
        while (!signal.aborted) {
          const changed = Promise.withResolvers<void>();
          const stop = changes.on('changed', () => changed.resolve());
          try {
            const now = statusOf(service);
            if (now !== told) yield { status: now };
            told = now;
            if (ending !== undefined) throw ending;
            await raceAbort(changed.promise, signal);
          } finally {
            stop();
          }
        }
      },
      async list() {
        return { statuses: Object.fromEntries(names().map((name) => [name, { status: statusOf(name) }])) };
      },
    },
  };
}

function unknownService(service: string): AppError {
  return new AppError({
    status: 'NOT_FOUND',
    reason: 'SERVICE_UNKNOWN',
    message: `this process does not serve ${JSON.stringify(service)}`,
    domain: 'tradewind',
  });
}
