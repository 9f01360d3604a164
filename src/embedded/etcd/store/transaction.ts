import { assertNever } from '../../../chassis/core/index.ts';
import { compareHolds } from './compare.ts';
import type { KeyRange } from './key-range.ts';
import type { KeyValue } from './key-value.ts';
import type {
  Operation,
  OperationResult,
  PutCommand,
  RangeQuery,
  RangeResult,
  Transaction,
  TransactionResult,
} from './operations.ts';
import type { Writer } from './writer.ts';

/** A transaction whose compares are decided, all of them before anything is written. */
export interface Plan {
  readonly succeeded: boolean;
  readonly steps: readonly Step[];
}

type Step = Exclude<Operation, { kind: 'txn' } | { kind: 'none' }> | { readonly kind: 'txn'; readonly plan: Plan };

/** Decides every compare, nested ones too, on the state before the transaction. */
export function planTransaction(txn: Transaction, read: (range: KeyRange) => readonly KeyValue[]): Plan {
  const succeeded = txn.compares.every((compare) => compareHolds(compare, read(compare.range)));
  const steps: Step[] = [];
  for (const operation of succeeded ? txn.success : txn.failure) {
    if (operation.kind === 'txn') steps.push({ kind: 'txn', plan: planTransaction(operation.txn, read) });
    else if (operation.kind !== 'none') steps.push(operation); // an empty one was refused before
  }
  return { succeeded, steps };
}

/** What must hold before the first step runs, so that a plan is done whole or not at all. */
export interface PlanChecks {
  put(put: PutCommand): void;
  range(query: RangeQuery): void;
}

/** Throws what the first step that cannot be done throws. */
export function checkPlan(plan: Plan, checks: PlanChecks): void {
  for (const step of plan.steps) {
    if (step.kind === 'put') checks.put(step.put);
    else if (step.kind === 'range') checks.range(step.query);
    else if (step.kind === 'txn') checkPlan(step.plan, checks);
  }
}

/** Runs the steps in order inside one revision. */
export function runPlan(plan: Plan, writer: Writer, range: (query: RangeQuery) => RangeResult): TransactionResult {
  const responses = plan.steps.map((step) => runStep(step, writer, range));
  return { revision: writer.revision, succeeded: plan.succeeded, responses };
}

function runStep(step: Step, writer: Writer, range: (query: RangeQuery) => RangeResult): OperationResult {
  switch (step.kind) {
    case 'range':
      return { kind: 'range', result: range(step.query) };
    case 'put':
      return { kind: 'put', result: writer.put(step.put) };
    case 'delete':
      return { kind: 'delete', result: writer.delete(step.deletion) };
    case 'txn':
      return { kind: 'txn', result: runPlan(step.plan, writer, range) };
    default:
      return assertNever(step);
  }
}
