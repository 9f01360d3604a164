import { AppError, type ErrorDetail, type ErrorStatus } from '../core/index.ts';

/** A refusal as it is stored: what an AppError needs to be thrown again, word for word. */
export interface Refusal {
  readonly status: ErrorStatus;
  readonly reason: string;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly details: readonly ErrorDetail[];
}

/** What a command was answered, as JSON: a service stores it beside the operation. */
export type Answer<Stored> = { readonly ok: Stored } | { readonly refusal: Refusal };

/** The statuses that answer a command for good; all others mean that it was not carried out, or not yet. */
const FINAL: ReadonlySet<ErrorStatus> = new Set<ErrorStatus>([
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'FAILED_PRECONDITION',
  'RESOURCE_EXHAUSTED', // a limit of the domain: whoever decides asks nobody that may be overloaded
]);

/** The error as it is stored. */
export function refusalOf({ status, reason, message, metadata, details }: AppError): Refusal {
  return { status, reason, message, metadata, details };
}

/** The work's answer, or the refusal it threw when that is one to remember; other errors stay errors. */
export async function orRefusal<T>(
  work: () => Promise<T>,
  remembers: (refusal: AppError) => boolean,
): Promise<T | { readonly refusal: Refusal }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && FINAL.has(error.status) && remembers(error)) return { refusal: refusalOf(error) };
    throw error;
  }
}

/** What an answer holds; throws its refusal. */
export function read<Stored>(answer: Answer<Stored>): Stored {
  if ('refusal' in answer) throw new AppError(answer.refusal);
  return answer.ok;
}
