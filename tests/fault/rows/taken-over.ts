import { SagaHistoryKind, SagaServiceDefinition } from '../../../gen/tradewind/order/v1/saga.ts';
import { partitionOf } from '../../../src/chassis/events/index.ts';
import { openDatabases } from '../../support/invariants/index.ts';
import type { TestSuite } from '../../support/suite.ts';

/** What each process's events of a checkout are about: aggregates named by the order. */
const AGGREGATES: Readonly<Record<string, string>> = {
  order: 'checkout',
  product: 'checkout-stock',
  payment: 'checkout-payment',
  shipping: 'checkout-shipment',
  notification: 'checkout-letter',
  loyalty: 'checkout-points',
};

/** Whether the saga's history says that this instance took it over from another. */
export async function sagaTakenOverBy(suite: TestSuite, survivor: string, orderId: string): Promise<boolean> {
  const sagas = suite.client(SagaServiceDefinition, survivor);
  const { sagas: found } = await sagas.listSagas({ orderId });
  const histories = await Promise.all(found.map(({ id }) => sagas.getSaga({ sagaId: id })));
  return histories.some(({ history }) =>
    history.some(
      ({ kind, instance }) => kind === SagaHistoryKind.SAGA_HISTORY_KIND_TAKEN_OVER && instance === survivor,
    ),
  );
}

/** Whose events an instance has claimed at this moment: answers of an order whether what happens to it would be heard by this instance. */
export async function claimsOf(suite: TestSuite, instance: string): Promise<(orderId: string) => boolean> {
  await using databases = openDatabases(suite.home);
  const rows = await databases.rows<{ readonly source: string; readonly partition: number }>(
    instance, // the first instance of a process has its name, and so has its database
    `SELECT source, partition FROM inbox_partition WHERE owner = '${instance}'`,
  );
  return (orderId) =>
    rows.some(({ source, partition }) => {
      const aggregate = AGGREGATES[source];
      return aggregate !== undefined && partitionOf(aggregate, orderId) === partition;
    });
}
