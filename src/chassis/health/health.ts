import type { HealthCheckResponse, HealthServiceImplementation } from '../../../gen/health/v1/health.ts';
import { HealthCheckResponse_ServingStatus as Status } from '../../../gen/health/v1/health.ts';
import { AppError, createEmitter, raceAbort } from '../core/index.ts';

/** What a process says of itself. */
export type ServingState = 'serving' | 'not-serving';

/** The health of one process, and the grpc.health.v1 service that tells it. */
export interface Health {
  readonly state: ServingState;
  /** Changes the health of the process and all its services; watchers are told at once. */
  set(state: ServingState): void;
  /** Not serving from here on, whatever is set: watchers are told so, and then their streams end with this error. */
  end(error: AppError): void;
  /** Serves Check, Watch and List for "" (the process) and each service. */
  readonly implementation: HealthServiceImplementation;
}

/** The name of the process as a whole. Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
const OVERALL = '';

/** Makes the health of a process that serves these services (full names). It starts as not serving. */
export function createHealth(services: readonly string[]): Health {
  const known = new Set([OVERALL, ...services]);
  const changes = createEmitter<{ changed: ServingState }>();
  let state: ServingState = 'not-serving';
  let ending: AppError | undefined;

  const answer = (): HealthCheckResponse => ({ status: state === 'serving' ? Status.SERVING : Status.NOT_SERVING });

  return {
    get state() {
      return state;
    },
    set(next) {
      if (next === state || ending !== undefined) return;
      state = next;
      changes.emit('changed', next);
    },
    end(error) {
      ending ??= error;
      state = 'not-serving';
      changes.emit('changed', state);
    },
    implementation: {
      async check({ service }) {
        if (!known.has(service)) throw unknownService(service);
        return answer();
      },
      async *watch({ service }, { signal }) {
        const status = () => (known.has(service) ? answer().status : Status.SERVICE_UNKNOWN);
        let told: HealthCheckResponse['status'] | undefined;
        while (!signal.aborted) {
          const changed = Promise.withResolvers<void>();
          const stop = changes.on('changed', () => changed.resolve());
          try {
            const now = status();
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
        return { statuses: Object.fromEntries([...known].map((service) => [service, answer()])) };
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
