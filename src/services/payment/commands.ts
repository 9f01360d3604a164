import type { Payment } from '../../../gen/tradewind/payment/v1/payment.ts';
import type { AppError } from '../../chassis/core/index.ts';
import { idempotently, type Database, type Queryable } from '../../chassis/store/index.ts';
import { jsonCodec, orRefusal, paymentFrom, read, type Answer, type PaymentJson } from './answer.ts';
import { isInFlight, type PaymentState } from './domain.ts';
import type { Operations } from './operations.ts';

/** What a command comes to: an answer at once, or an operation whose outcome is its answer. */
export type Plan = { readonly ok: PaymentJson } | { readonly operation: string };

/** One command on a payment. */
export interface Command {
  /** The full method name. */
  readonly method: string;
  readonly requestId: string;
  /** The encoded request without its request_id. */
  readonly request: Uint8Array;
  /** Decides under locks and writes down what is wanted; asks nobody outside the database. */
  readonly decide: (tx: Queryable) => Promise<Plan>;
  /** False: a refusal leaves nothing behind, and the command is decided anew when it comes again. Default: true. */
  readonly remembersRefusals?: boolean;
}

/** What a command did. */
export interface CommandResult {
  /** As the command left it; undefined: there is none. */
  readonly payment: Payment | undefined;
  /** The operation it caused, or joined. */
  readonly operation: string | undefined;
}

/** Carries out commands. */
export type RunCommand = (command: Command) => Promise<CommandResult>;

/** What is remembered under a request_id: the plan, which never changes, and through it the one operation it led to. */
type Remembered = Plan | Exclude<Answer<never>, { readonly ok: never }>;

/**
 * A command in three steps: the plan and the operation's key are committed with the request_id; the provider is asked
 * outside of any transaction; its answer, the ledger and what callers hear are committed together. The same request_id
 * again finds the plan, and asks again, under the same key, only where no answer was recorded.
 */
export function createCommandRunner(database: Database, operations: Operations): RunCommand {
  return async ({ method, requestId, request, decide, remembersRefusals = true }) => {
    const plan = await database.transaction((tx) =>
      idempotently<Remembered>(tx, { scope: method, key: requestId, request, codec: jsonCodec<Remembered>() }, () =>
        remembersRefusals ? orRefusal(() => decide(tx), awaitsAnswer) : decide(tx),
      ),
    );
    if (!('operation' in plan)) return { payment: paymentFrom(read(plan)), operation: undefined };
    const { answer } = await operations.settle(plan.operation);
    const stored = answer as Answer<PaymentJson>; // written by operations.ts alone
    return { payment: paymentFrom(read(stored)), operation: plan.operation };
  };
}

/** True for a refusal that the answer somebody waits for may turn over: it is not remembered. */
function awaitsAnswer({ reason, metadata }: AppError): boolean {
  if (reason === 'AMOUNT_EXCEEDS_PAYMENT') return metadata['refunding'] !== undefined;
  // A state conflict always names the payment's state.
  return reason === 'PAYMENT_STATE_CONFLICT' && isInFlight(metadata['state'] as PaymentState);
}
