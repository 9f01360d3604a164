import type { Shipment } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import {
  runOutbound,
  type Answer,
  type CommandPlan,
  type OutboundCommand,
  type PlanKey,
} from '../../chassis/outbound/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import { shipmentFrom, type ShipmentJson } from './answer.ts';
import type { ShipmentOperations } from './operations.ts';
import type { Operation } from './rows.ts';
import type { Planned } from './writer.ts';

/** What a command comes to. */
export type Plan = CommandPlan<ShipmentJson>;

/** A command, and how it is planned where nothing stands in its way. */
export interface ShipmentCommand extends Omit<OutboundCommand<ShipmentJson>, 'settle' | 'planPlainly'> {
  readonly plan?: (key: PlanKey) => Promise<Planned | undefined>;
}

/** Carries out a command on a shipment; resolves with the shipment as it left it, undefined when there is none. */
export type RunCommand = (command: ShipmentCommand) => Promise<Shipment | undefined>;

/** Commands are carried out by the carrier. */
export function createCommandRunner(database: Database, operations: ShipmentOperations): RunCommand {
  const answerOf = async (settling: Promise<Operation>) => (await settling).answer as Answer<ShipmentJson>; // written by operations.ts alone
  const settle = (id: string) => answerOf(operations.settle(id));

  async function planPlainly(plan: NonNullable<ShipmentCommand['plan']>, key: PlanKey) {
    const planned = await plan(key);
    if (planned === undefined) return undefined;
    const { operation, shipment: subject } = planned;
    const known = { operation, facts: { subject } };
    return { operation: operation.id, settle: () => answerOf(operations.settleKnown(known)) };
  }

  return async ({ plan, ...command }) => {
    const { result } = await runOutbound(database, {
      ...command,
      planPlainly: plan && ((key) => planPlainly(plan, key)),
      settle,
    });
    return shipmentFrom(result);
  };
}
