import {
  DEFAULT_COMPENSATION_RETRY,
  DEFAULT_RETRY,
  DEFAULT_STEP_TIMEOUT_MS,
  type ParallelOptions,
  type RetryPolicy,
  type SagaDefinition,
  type SagaOptions,
  type Step,
  type StepKind,
  type StepOptions,
} from './definition.ts';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const RANK: Readonly<Record<StepKind, number>> = { compensatable: 0, pivot: 1, retriable: 2 };

/**
 * Compiles a saga once, at start. Throws an Error that names the step and the rule when the definition is wrong: no
 * steps, a name twice, a pivot out of place or in a group, a group of two kinds, a compensatable step without compensate,
 * a time-out that is not positive.
 */
export function defineSaga<Input, Outputs extends object = Record<string, unknown>>(
  options: SagaOptions<Input, Outputs>,
): SagaDefinition<Input> {
  const fail = (problem: string): never => {
    throw new Error(`saga ${options.name} version ${options.version}: ${problem}`);
  };
  if (!NAME.test(options.name)) fail('name must be kebab-case');
  if (!Number.isInteger(options.version) || options.version < 1) fail('version must be a whole number from 1');
  if (!(options.deadlineMs > 0)) fail('deadlineMs must be positive');
  if (options.steps.length === 0) fail('steps must not be empty');

  const placed = layFlat(options.steps, fail);
  const names = new Set<string>();
  let rank = 0;
  for (const { step } of placed) {
    const at = `step ${step.name}`;
    if (!NAME.test(step.name)) fail(`${at}: name must be kebab-case`);
    if (names.has(step.name)) fail(`${at}: name is used twice`);
    names.add(step.name);
    if (RANK[step.kind] < rank) fail(`${at}: a ${step.kind} step cannot come after a ${kindOf(rank)} one`);
    if (step.kind === 'pivot' && rank === RANK.pivot) fail(`${at}: there is a pivot already`);
    rank = RANK[step.kind];
    if (step.kind === 'compensatable' && step.compensate === undefined) fail(`${at}: compensate is missing`);
    if (step.kind !== 'compensatable' && step.compensate !== undefined) {
      fail(`${at}: a ${step.kind} step is never undone, so compensate would never run`);
    }
    if (step.timeoutMs !== undefined && !(step.timeoutMs > 0)) fail(`${at}: timeoutMs must be positive`);
    for (const [field, policy] of Object.entries({ retry: step.retry, compensationRetry: step.compensationRetry })) {
      checkPolicy(policy, (problem) => fail(`${at}: ${field}.${problem}`));
    }
  }
  const steps = Object.freeze(placed.map((one) => Object.freeze(compile(one))));
  const notUndone = steps.findIndex((step) => step.kind !== 'compensatable');
  return Object.freeze({
    name: options.name,
    version: options.version,
    subject: options.subject ?? 'correlationKey',
    deadlineMs: options.deadlineMs,
    steps,
    pivotIndex: notUndone === -1 ? steps.length : notUndone,
  });
}

interface Placed<Input, Outputs extends object> {
  readonly step: StepOptions<Input, Outputs>;
  readonly stage: number;
}

function layFlat<Input, Outputs extends object>(
  stages: SagaOptions<Input, Outputs>['steps'],
  fail: (problem: string) => never,
): readonly Placed<Input, Outputs>[] {
  const placed: Placed<Input, Outputs>[] = [];
  for (const one of stages) {
    const group = isGroup(one) ? one.parallel : [one];
    const [first] = group;
    if (first === undefined) fail('a parallel group must not be empty');
    for (const step of group) {
      if (group.length > 1 && step.kind === 'pivot') fail(`step ${step.name}: a pivot stands alone, not in a group`);
      if (step.kind !== first?.kind) fail(`step ${step.name}: a parallel group is of one kind`);
    }
    const stage = placed.length;
    placed.push(...group.map((step) => ({ step, stage })));
  }
  return placed;
}

function isGroup<Input, Outputs extends object>(
  one: StepOptions<Input, Outputs> | ParallelOptions<Input, Outputs>,
): one is ParallelOptions<Input, Outputs> {
  return 'parallel' in one;
}

function kindOf(rank: number): StepKind {
  return rank === RANK.pivot ? 'pivot' : 'retriable';
}

function checkPolicy(policy: Partial<RetryPolicy> | undefined, fail: (problem: string) => never): void {
  if (policy?.maxAttempts !== undefined && !(policy.maxAttempts >= 1)) fail('maxAttempts must be at least 1');
  if (policy?.baseMs !== undefined && !(policy.baseMs >= 0)) fail('baseMs must not be negative');
  if (policy?.maxMs !== undefined && !(policy.maxMs >= 0)) fail('maxMs must not be negative');
}

function compile<Input, Outputs extends object>({ step, stage }: Placed<Input, Outputs>): Step {
  // The definition's types hold between one saga's start and its steps; the engine only carries JSON from one to the other.
  const run = step.run.bind(step) as Step['run'];
  const compensate = step.compensate?.bind(step) as Step['compensate'];
  return {
    name: step.name,
    kind: step.kind,
    stage,
    announce: step.announce ?? false,
    timeoutMs: step.timeoutMs ?? DEFAULT_STEP_TIMEOUT_MS,
    retry: Object.freeze({ ...DEFAULT_RETRY[step.kind], ...step.retry }),
    compensationRetry: Object.freeze({ ...DEFAULT_COMPENSATION_RETRY, ...step.compensationRetry }),
    run,
    compensate,
  };
}
