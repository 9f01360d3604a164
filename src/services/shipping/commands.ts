import type { Shipment } from '../../../gen/tradewind/shipping/v1/shipping.ts';
import { idempotently, type Database, type Queryable } from '../../chassis/store/index.ts';
import { jsonCodec, orRefusal, read, shipmentFrom, type Answer, type ShipmentJson } from './answer.ts';
import type { Operations } from './operations.ts';

/** What a command comes to: an answer at once, or an operation whose outcome is its answer. */
export type Plan = { readonly ok: ShipmentJson } | { readonly operation: string };

/** One command on a shipment. */
export interface Command {
  /** The full method name. */
  readonly method: string;
  readonly requestId: string;
  /** The encoded request without its request_id. */
  readonly request: Uint8Array;
  /** Decides under locks and writes down what is wanted; asks nobody outside the database. What it refuses is kept. */
  readonly decide: (tx: Queryable) => Promise<Plan>;
}

/** Carries out commands; resolves with the shipment as the command left it, undefined when there is none. */
export type RunCommand = (command: Command) => Promise<Shipment | undefined>;

/** What is remembered under a request_id: the plan, which never changes, and through it the one operation it led to. */
type Remembered = Plan | Exclude<Answer<never>, { readonly ok: never }>;

/**
 * A command in three steps: the plan and the operation's key are committed with the request_id; the carrier is asked
 * outside of any transaction; its answer, the event and what callers hear are committed together. The same request_id
 * again finds the plan, and asks again, under the same key, only where no answer was recorded.
 */
export function createCommandRunner(database: Database, operations: Operations): RunCommand {
  return async ({ method, requestId, request, decide }) => {
    const plan = await database.transaction((tx) =>
      idempotently<Remembered>(tx, { scope: method, key: requestId, request, codec: jsonCodec<Remembered>() }, () =>
        orRefusal(() => decide(tx)),
      ),
    );
    if (!('operation' in plan)) return shipmentFrom(read(plan));
    const { answer } = await operations.settle(plan.operation);
    const stored = answer as Answer<ShipmentJson>; // written by operations.ts alone
    return shipmentFrom(read(stored));
  };
}
