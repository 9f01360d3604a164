import { PartServiceDefinition } from '../../../gen/tradewind/choreography/v1/part_service.ts';
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

const PART = 'checkout-payment';

/** PartService of the payment process. */
function handOnPayments(suite: TestSuite): OperatorsHand {
  const client = suite.client(PartServiceDefinition, 'payment');
  return {
    stuckAt: 'void-payment',
    async parked() {
      const { parts } = await client.listParts({ part: PART, parked: true });
      return parts.map(({ subject: orderId, step, lastError, updateTime: since }) => ({
        ...{ orderId, step, since },
        message: lastError?.message ?? '',
      }));
    },
    async park(orderIds) {
      for (const subject of orderIds) await client.parkPart({ part: PART, subject, reason: REASON });
    },
    async resume(orderIds) {
      for (const subject of orderIds) await client.resumePart({ part: PART, subject, reason: REASON });
    },
  };
}
