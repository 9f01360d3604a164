import { STATUS_CODES, type ErrorStatus } from './status.ts';

/**
 * What a caller may be told beyond status and message. Each kind is one message of google.rpc's error_details.proto;
 * ErrorInfo is always sent and comes from the error itself.
 */
export type ErrorDetail =
  | { readonly kind: 'badRequest'; readonly violations: readonly FieldViolation[] }
  | { readonly kind: 'preconditionFailure'; readonly violations: readonly PreconditionViolation[] }
  | { readonly kind: 'retryInfo'; readonly retryDelayMs: number }
  | { readonly kind: 'quotaFailure'; readonly violations: readonly QuotaViolation[] }
  | { readonly kind: 'resourceInfo'; readonly resourceType: string; readonly resourceName: string };

/** One field that breaks one rule; `field` is the path as the contract writes it: "lines[2].quantity". */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
  /** The rule's name where there is one: "string.min_len". */
  readonly reason?: string;
}

/** One condition that must hold before the call can succeed. */
export interface PreconditionViolation {
  readonly type: string;
  readonly subject: string;
  readonly description: string;
}

/** One limit that was met. */
export interface QuotaViolation {
  readonly subject: string;
  readonly description: string;
}

/** What an AppError is made of. */
export interface AppErrorOptions {
  readonly status: ErrorStatus;
  /** UPPER_SNAKE, from the package's ErrorReason enum without its prefix, or one of the chassis's own. */
  readonly reason: string;
  /** For the caller's developer; holds no secret. */
  readonly message: string;
  /** Whose reason it is; default: the serving process, "<process>.tradewind", filled in at the wire. */
  readonly domain?: string;
  /** ErrorInfo.metadata: facts a program may act on. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly details?: readonly ErrorDetail[];
  /** Default false. */
  readonly isRetried?: boolean;
  /** Logged where the error leaves the process, never sent. */
  readonly cause?: unknown;
}

/**
 * The one error of the suite. Domain code throws it, one server middleware maps it to the wire, clients throw it again
 * with what the wire carried; nothing in between catches to rethrow.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly status: ErrorStatus;
  readonly reason: string;
  readonly domain: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly details: readonly ErrorDetail[];
  /**
   * True: who called what failed has tried again as often as may be, so nobody above tries again (chain stop upwards). Else
   * each layer of a chain would multiply the calls that reach the one that cannot take them.
   * Source: "Handling Overload" of the SRE book, deciding to retry
   */
  readonly isRetried: boolean;

  constructor(options: AppErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.reason = options.reason;
    this.domain = options.domain;
    this.metadata = options.metadata ?? {};
    this.details = options.details ?? [];
    this.isRetried = options.isRetried ?? false;
  }

  /** The status as a number on the wire. */
  get code(): number {
    return STATUS_CODES[this.status];
  }

  /** An AppError as it is; anything else becomes INTERNAL with a public text and the original as its cause. */
  static from(error: unknown): AppError {
    if (error instanceof AppError) return error;
    if (isAbortError(error)) {
      return new AppError({
        status: 'CANCELLED',
        reason: 'CANCELLED',
        message: 'the call was cancelled',
        cause: error,
      });
    }
    return new AppError({ status: 'INTERNAL', reason: 'INTERNAL', message: 'internal error', cause: error });
  }
}

/** INVALID_ARGUMENT that names each field and the rule it breaks. */
export function invalidArgument(violations: readonly FieldViolation[], reason = 'VALIDATION_FAILED'): AppError {
  const text = violations.map((v) => `${v.field}: ${v.description}`).join('; ');
  return new AppError({
    status: 'INVALID_ARGUMENT',
    reason,
    message: text === '' ? 'the request is not valid' : text,
    details: [{ kind: 'badRequest', violations }],
  });
}

/** True for what AbortSignal-aware code throws when its signal fires. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Ends a switch over a union: a member that was forgotten does not compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
