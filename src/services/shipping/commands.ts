import type { Shipment } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { runOutbound, type Answer, type CommandPlan, type OutboundCommand } from '../../chassis/outbound/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import { shipmentFrom, type ShipmentJson } from './answer.ts';
import type { ShipmentOperations } from './operations.ts';

/** What a command comes to. */
export type Plan = CommandPlan<ShipmentJson>;

/** Carries out a command on a shipment; resolves with the shipment as it left it, undefined when there is none. */
export type RunCommand = (command: Omit<OutboundCommand<ShipmentJson>, 'settle'>) => Promise<Shipment | undefined>;

/** Commands are carried out by the carrier. */
export function createCommandRunner(database: Database, operations: ShipmentOperations): RunCommand {
  async function settle(id: string): Promise<Answer<ShipmentJson>> {
    const { answer } = await operations.settle(id);
    return answer as Answer<ShipmentJson>; // written by operations.ts alone
  }
  return async (command) => {
    const { result } = await runOutbound(database, { ...command, settle });
    return shipmentFrom(result);
  };
}
