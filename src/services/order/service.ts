import { OrderServiceDefinition } from '../../../gen/tradewind/order/v1/order.ts';
import { ReadModelServiceDefinition } from '../../../gen/tradewind/order/v1/read_model.ts';
import { SagaServiceDefinition } from '../../../gen/tradewind/order/v1/saga.ts';
import { choice, integer, milliseconds } from '../../chassis/config/index.ts';
import { createReadModels, EVENT_STORE_MIGRATIONS, readModelBacklog } from '../../chassis/event-store/index.ts';
import { createEmitter } from '../../chassis/core/index.ts';
import { EVENTS_MIGRATIONS } from '../../chassis/events/index.ts';
import { defineService } from '../../chassis/lifecycle/index.ts';
import { createSagaEngine, SAGA_MIGRATIONS } from '../../chassis/saga/index.ts';
import { bind } from '../../chassis/server/index.ts';
import { definePartialCancellation } from './cancel-lines-saga.ts';
import {
  checkoutBacklog,
  createCheckoutStore,
  giveUpLate,
  participantConsumers,
  type CheckoutMoves,
} from './choreography/index.ts';
import { createOrderClients } from './clients.ts';
import { createOrderHandlers } from './order-handlers.ts';
import { createOrderLister } from './order-lister.ts';
import { createReadModelHandlers } from './read-model-handlers.ts';
import { logReadModels } from './read-model-log.ts';
import { createOrderList } from './read-models/order-list.ts';
import { CHECKOUT_STYLES } from './place-order.ts';
import { createOrderStatistics } from './read-models/order-statistics.ts';
import { createOrderRepository } from './repository.ts';
import { CHECKOUT_DEADLINE_MS, defineCancellation, defineCheckout, UNDO_ATTEMPTS } from './saga.ts';
import { sagaBacklogs } from './saga-backlogs.ts';
import { createSagaHandlers } from './saga-handlers.ts';
import { createOrderHook } from './saga-hook.ts';
import { logFaults, logSagas } from './saga-log.ts';
import { loadOrderStatements } from './statements.ts';

const ORDER_MIGRATIONS = new URL('./migrations/', import.meta.url);
const CHECKOUT_MIGRATIONS = new URL('./choreography/migrations/', import.meta.url);

/** The order process: orders, their history, and the sagas that move them. */
export const orderService = defineService({
  name: 'order',
  configuration: {
    CHECKOUT_UNDO_ATTEMPTS: integer(
      'Tries at undoing a step of a checkout, two seconds apart at most, before its saga is parked for an operator.',
      { min: 1, max: 10_000 },
    ).prefault(String(UNDO_ATTEMPTS)),
    CHECKOUT_STYLE: choice(
      'What moves new orders: a saga here, or events alone (docs/choreography.md).',
      CHECKOUT_STYLES,
    ).prefault('orchestration'),
    CHECKOUT_DEADLINE_MS: milliseconds(
      'How long a checkout may take before the payment is captured; then it is given up.',
      {
        min: 1_000,
        max: 3_600_000,
      },
    ).prefault(String(CHECKOUT_DEADLINE_MS)),
  },
  migrations: [SAGA_MIGRATIONS, EVENTS_MIGRATIONS, EVENT_STORE_MIGRATIONS, ORDER_MIGRATIONS, CHECKOUT_MIGRATIONS],
  neighbours: { notification: 'optional', loyalty: 'optional' },
  async wire(context) {
    const { config, database, clock, random, instance, pageTokens, logger } = context;
    const clients = createOrderClients(context);
    const statements = loadOrderStatements();
    const orders = createOrderRepository(database, statements);
    const models = [createOrderList(statements), createOrderStatistics(statements)];
    const readModels = createReadModels({ database, models, clock, instance });
    await readModels.open();
    const checkouts = createCheckoutStore({ deadlineMs: config.CHECKOUT_DEADLINE_MS });
    const checkoutMoves = createEmitter<CheckoutMoves>();
    const checkout = defineCheckout(clients, {
      undoAttempts: config.CHECKOUT_UNDO_ATTEMPTS,
      deadlineMs: config.CHECKOUT_DEADLINE_MS,
    });
    const cancellation = defineCancellation(clients);
    const partialCancellation = definePartialCancellation(clients);
    const definitions = [checkout, cancellation, partialCancellation];
    const sagas = createSagaEngine({
      database,
      definitions,
      instanceId: instance,
      onTransitions: createOrderHook(orders),
      clock,
      random,
    });
    logSagas(sagas.events, logger);
    logReadModels(readModels.events, logger);
    sagas.events.on('transition', readModels.wake);
    return {
      grpc: [
        bind(
          OrderServiceDefinition,
          createOrderHandlers({
            ...{ database, statements, orders, clients, sagas, checkout, cancellation },
            ...{ partialCancellation, readModels, listOrders: createOrderLister(database, statements) },
            checkouts,
            checkoutMoves,
            checkoutStyle: config.CHECKOUT_STYLE,
            clock,
            pageTokens,
          }),
        ),
        bind(
          SagaServiceDefinition,
          createSagaHandlers({ database, sagas, definitions, pageTokens, clock, onFault: logFaults(logger) }),
        ),
        bind(ReadModelServiceDefinition, createReadModelHandlers(readModels)),
      ],
      background: [
        { name: 'sagas', run: (signal) => sagas.run(signal) },
        { name: 'read-models', run: (signal) => readModels.run(signal) },
        giveUpLate({ database, clock, checkouts, orders }),
      ],
      consumers: participantConsumers({ checkouts, orders, moves: checkoutMoves }),
      backlogs: [
        ...sagaBacklogs(sagas.operator, clock),
        checkoutBacklog(checkouts, database),
        readModelBacklog(readModels),
      ],
      events: { sagas: sagas.events },
    };
  },
});
