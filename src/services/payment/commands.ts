import type { Payment } from '../../../gen/tradewind/payment/v1/payment.ts';
import type { AppError } from '../../chassis/core/index.ts';
import {
  runOutbound,
  type Answer,
  type CommandPlan,
  type OutboundCommand,
  type PlanKey,
} from '../../chassis/outbound/index.ts';
import type { Database } from '../../chassis/store/index.ts';
import { paymentFrom, type PaymentJson } from './answer.ts';
import { isInFlight, type PaymentState } from './domain.ts';
import type { PaymentOperations } from './operations.ts';
import type { Operation } from './rows.ts';
import type { Planned } from './writer.ts';

/** What a command comes to. */
export type Plan = CommandPlan<PaymentJson>;

/** What a command did. */
export interface CommandResult {
  /** As the command left it; undefined: there is none. */
  readonly payment: Payment | undefined;
  /** The operation it caused, or joined. */
  readonly operation: string | undefined;
}

/** A command, and how it is planned where nothing stands in its way. */
export interface PaymentCommand extends Omit<OutboundCommand<PaymentJson>, 'settle' | 'planPlainly'> {
  readonly plan?: (key: PlanKey) => Promise<Planned | undefined>;
}

/** Carries out a command on a payment. What it is refused is kept, but for what an answer under way may turn over. */
export type RunCommand = (command: PaymentCommand) => Promise<CommandResult>;

/** Commands are carried out by the provider. */
export function createCommandRunner(database: Database, operations: PaymentOperations): RunCommand {
  const answerOf = async (settling: Promise<Operation>) => (await settling).answer as Answer<PaymentJson>; // written by operations.ts alone
  const settle = (id: string) => answerOf(operations.settle(id));

  async function planPlainly(plan: NonNullable<PaymentCommand['plan']>, key: PlanKey) {
    const planned = await plan(key);
    if (planned === undefined) return undefined;
    const { operation, payment: subject, token } = planned;
    const known = { operation, facts: { subject, token } };
    return { operation: operation.id, settle: () => answerOf(operations.settleKnown(known)) };
  }

  return async ({ plan, ...command }) => {
    const { result, operation } = await runOutbound(database, {
      remembers: isFinal,
      ...command,
      planPlainly: plan && ((key) => planPlainly(plan, key)),
      settle,
    });
    return { payment: paymentFrom(result), operation };
  };
}

/** False for a refusal that the answer somebody waits for may turn over. */
function isFinal({ reason, metadata }: AppError): boolean {
  if (reason === 'AMOUNT_EXCEEDS_PAYMENT') return metadata['refunding'] === undefined;
  // A state conflict always names the payment's state.
  return reason !== 'PAYMENT_STATE_CONFLICT' || !isInFlight(metadata['state'] as PaymentState);
}
