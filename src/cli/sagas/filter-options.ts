import { SagaFilter, SagaState } from '../../../gen/tradewind/order/v1/saga.ts';
import { UsageError } from '../../usage-error.ts';

/** Which sagas a command is about, as the command line says it. */
export interface FilterOptions {
  /** "parked", "running,parked", "all"; default: those that are not over. */
  readonly state?: string;
  readonly step?: string;
  readonly reason?: string;
  /** "checkout". */
  readonly name?: string;
  readonly order?: string;
  /** Seconds since they were started. */
  readonly olderThan?: number;
  /** Seconds since something happened to them. */
  readonly idleFor?: number;
  /** Seconds since they were parked. */
  readonly parkedFor?: number;
}

const STATES = {
  running: SagaState.SAGA_STATE_RUNNING,
  compensating: SagaState.SAGA_STATE_COMPENSATING,
  parked: SagaState.SAGA_STATE_PARKED,
  completed: SagaState.SAGA_STATE_COMPLETED,
  compensated: SagaState.SAGA_STATE_COMPENSATED,
} as const;

const LIVE = [STATES.running, STATES.compensating, STATES.parked];

/** The states of a comma-separated list. Throws a UsageError that names what is none. */
export function parseStates(text: string | undefined): readonly SagaState[] {
  if (text === undefined) return LIVE;
  if (text === 'all') return Object.values(STATES);
  return text.split(',').map((name) => {
    const state = Object.entries(STATES).find(([known]) => known === name.trim().toLowerCase())?.[1];
    if (state !== undefined) return state;
    throw new UsageError(`--state: "${name}" is none of ${Object.keys(STATES).join(', ')}, all`);
  });
}

/** The contract's filter. Throws a UsageError. */
export function toFilter(options: FilterOptions): SagaFilter {
  const { name = '', step = '', reason = '', order: orderId = '' } = options;
  return SagaFilter.fromPartial({
    states: [...parseStates(options.state)],
    ...{ name, step, reason, orderId },
    minAgeSeconds: BigInt(options.olderThan ?? 0),
    minIdleSeconds: BigInt(options.idleFor ?? 0),
    minParkedSeconds: BigInt(options.parkedFor ?? 0),
  });
}
