import type { AppError } from '../core/index.ts';
import { idempotently, requestHash, type Database, type MessageCodec, type Queryable } from '../store/index.ts';
import { orRefusal, read, type Answer, type Refusal } from './answer.ts';

/** What a command comes to: an answer at once, or an operation whose outcome is its answer. */
export type CommandPlan<Stored> = { readonly ok: Stored } | { readonly operation: string };

/** What a plan is remembered by, for a statement that writes many. */
export interface PlanKey {
  /** The full method name. */
  readonly scope: string;
  readonly key: string;
  readonly requestHash: Buffer;
}

/** A plan that is committed, by somebody who knows all that is needed to go on. */
export interface CommittedPlan<Stored> {
  readonly operation: string;
  settle(): Promise<Answer<Stored>>;
}

/** A command that an outside system is asked to carry out. `Stored`: its result as JSON. */
export interface OutboundCommand<Stored> {
  /** The full method name. */
  readonly method: string;
  readonly requestId: string;
  /** The encoded request without its request_id. */
  readonly request: Uint8Array;
  /**
   * Plans it together with other commands, in one statement, where nothing stands in its way: commits what `decide` would
   * have decided, and `{ operation }` under the key. Undefined: nothing was changed, and `decide` has to look. Not asked
   * for a command without a request_id.
   */
  readonly planPlainly?: ((key: PlanKey) => Promise<CommittedPlan<Stored> | undefined>) | undefined;
  /** Decides under locks and writes down what is wanted; asks nobody outside the database. */
  decide(tx: Queryable): Promise<CommandPlan<Stored>>;
  /** Has the operation carried out, or joins whoever did: see Operations. */
  settle(operation: string): Promise<Answer<Stored>>;
  /**
   * Whether a refusal of `decide` is the answer for good. One that is not leaves nothing behind, tombstones included,
   * and the command is decided anew when it comes again. Default: every refusal is.
   */
  readonly remembers?: ((refusal: AppError) => boolean) | undefined;
}

/** What is remembered under a request_id: the plan, which never changes, and through it the one operation it led to. */
type Remembered<Stored> = CommandPlan<Stored> | { readonly refusal: Refusal };

/**
 * Carries a command out in three steps: the plan and the operation's key are committed with the request_id; the outside
 * system is asked without a transaction; its answer, the effects and what callers hear are committed together. The same
 * request_id again finds the plan, and asks again, under the same key, only where no answer was recorded.
 *
 * @returns the result, and the operation the command caused or joined.
 * @throws what idempotently throws, the command's refusal, and AppError UNAVAILABLE while the outcome is unknown.
 */
export async function runOutbound<Stored>(
  database: Database,
  command: OutboundCommand<Stored>,
): Promise<{ readonly result: Stored; readonly operation: string | undefined }> {
  const { method, requestId, request, remembers = () => true } = command;
  const plain =
    requestId === ''
      ? undefined
      : await command.planPlainly?.({ scope: method, key: requestId, requestHash: requestHash(request) });
  if (plain !== undefined) return { result: read(await plain.settle()), operation: plain.operation };
  const record = { scope: method, key: requestId, request, codec: jsonCodec<Remembered<Stored>>() };
  const plan = await database.transaction((tx) =>
    idempotently(tx, record, () => orRefusal(() => command.decide(tx), remembers)),
  );
  if (!('operation' in plan)) return { result: read(plan), operation: undefined };
  return { result: read(await command.settle(plan.operation)), operation: plan.operation };
}

/** Stores plain JSON where the store wants a message's codec. */
function jsonCodec<Value>(): MessageCodec<Value> {
  return {
    encode: (value) => ({ finish: () => Buffer.from(JSON.stringify(value)) }),
    decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Value, // written by encode above
  };
}
