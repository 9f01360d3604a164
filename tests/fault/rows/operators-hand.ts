import { SagaServiceDefinition, SagaState } from '../../../gen/tradewind/order/v1/saga.ts';
import type { CheckoutStyle } from '../../../src/services/order/place-order.ts';
import type { TestSuite } from '../../support/suite.ts';

/** A checkout whose undoing waits for an operator, as he is shown it. */
export interface ParkedUndoing {
  readonly orderId: string;
  readonly step: string;
  readonly message: string;
  readonly since: Date | undefined;
}

/** What an operator sees and does about checkouts whose payment cannot be let go of, whatever moves them. */
export interface OperatorsHand {
  /** Where such a checkout stands, in the words of its style. */
  readonly stuckAt: string;
  /** All that wait for him. */
  parked(): Promise<readonly ParkedUndoing[]>;
  /** Stops the undoing of these orders. */
  park(orderIds: readonly string[]): Promise<void>;
  /** Has it tried again. */
  resume(orderIds: readonly string[]): Promise<void>;
}

const REASON = 'scoreboard row 6';

/** The operator's hand of the style that the suite's orders are placed with. */
export function operatorsHand(suite: TestSuite, checkout: CheckoutStyle): OperatorsHand {
  return checkout === 'orchestration' ? handOnSagas(suite) : handOnPayments(suite);
}

/** SagaService of the order process. */
function handOnSagas(suite: TestSuite): OperatorsHand {
  const client = suite.client(SagaServiceDefinition, 'order');
  const sagasOf = async (orderIds: readonly string[]) => {
    const found = await Promise.all(orderIds.map((orderId) => client.listSagas({ orderId })));
    return found.flatMap(({ sagas }) => sagas);
  };
  return {
    stuckAt: 'authorize-payment',
    async parked() {
      const { sagas } = await client.listSagas({ states: [SagaState.SAGA_STATE_PARKED] });
      return sagas.map(({ orderId, currentStep: step, message, parkTime: since }) => ({
        orderId,
        step,
        message,
        since,
      }));
    },
    async park(orderIds) {
      for (const { id } of await sagasOf(orderIds)) await client.parkSaga({ sagaId: id, reason: REASON });
    },
    async resume(orderIds) {
      for (const { id } of await sagasOf(orderIds)) await client.resumeSaga({ sagaId: id, reason: REASON });
    },
  };
}

interface ParkedStep {
  readonly subject: string;
  readonly step: string;
  readonly error: { readonly message: string };
  readonly since: string;
}

const PART = 'checkout-payment';

/** The admin port of the payment process. */
function handOnPayments(suite: TestSuite): OperatorsHand {
  const ask = async (verb: 'GET' | 'POST', path: string) => {
    const response = await fetch(`http://${suite.admin('payment')}${path}`, {
      method: verb,
      headers: { 'content-type': 'application/json', connection: 'close' }, // a connection that is kept counts as the process's
      ...(verb === 'POST' && { body: JSON.stringify({ reason: REASON }) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok && !isAsAskedFor(answer)) throw new Error(`${verb} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const command = async (orderIds: readonly string[], verb: 'park' | 'resume') => {
    for (const id of orderIds) await ask('POST', `/parts/${PART}/${id}/${verb}`);
  };
  return {
    stuckAt: 'void-payment',
    async parked() {
      const { parked } = (await ask('GET', `/parts/${PART}`)) as { readonly parked: readonly ParkedStep[] };
      return parked.map(({ subject: orderId, step, error: { message }, since }) => ({
        ...{ orderId, step, message },
        since: new Date(since),
      }));
    },
    park: (orderIds) => command(orderIds, 'park'),
    resume: (orderIds) => command(orderIds, 'resume'),
  };
}

/** A step that had parked itself before is parked, and one that goes on already goes on. */
function isAsAskedFor(answer: unknown): boolean {
  return /STEP_NOT_PARKED|STEP_NOT_UNDER_WAY/.test(JSON.stringify(answer));
}
