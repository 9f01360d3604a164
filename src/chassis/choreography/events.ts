import type { AppError } from '../core/index.ts';

/** Which step of which part. */
export interface StepName {
  readonly part: string;
  readonly subject: string;
  readonly step: string;
}

/** What a part tells of its steps. */
export interface ChoreographyEvents {
  /** It is tried now. */
  readonly stepBegun: StepName;
  /** It led to something, which is not written down yet. */
  readonly stepDone: StepName;
  /** It is over, and what it led to was told; unless the part had gone on to another step meanwhile. */
  readonly stepEnded: StepName & { readonly told: string };
  /** It is tried again. */
  readonly stepFailed: StepName & { readonly attempts: number; readonly error: AppError };
  /** An operator is waited for. */
  readonly stepParked: StepName & { readonly attempts: number; readonly error: AppError };
  /** This process could not do it or could not write down what came of it; it is found again when its lease is over. */
  readonly stepLost: StepName & { readonly error: unknown };
  /** Steps that it is at could not be kept just now: another may begin them too. */
  readonly stepsUnkept: { readonly part: string; readonly steps: number; readonly error: unknown };
}
