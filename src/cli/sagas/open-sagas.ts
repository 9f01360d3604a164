import { SagaServiceDefinition } from '../../../gen/tradewind/order/v1/saga.ts';
import type { ChassisClient } from '../../chassis/client/index.ts';
import type { CommandHost } from '../call.ts';
import { withOrderProcess, type OrderProcessOptions } from '../order-process.ts';

/** What every `tradewind sagas` command takes. */
export type SagasOptions = OrderProcessOptions;

/** A client of SagaService. */
export type SagaClient = ChassisClient<typeof SagaServiceDefinition>;

/** Lets the work use the sagas of the order process. */
export function withSagas<T>(
  options: SagasOptions,
  host: CommandHost,
  work: (sagas: SagaClient) => Promise<T>,
): Promise<T> {
  return withOrderProcess(SagaServiceDefinition, options, host, work);
}
