/** One field of a request that breaks a rule; `path` as in the JSON body: "address.lines[0]". */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** What an ApiError is made of. */
export interface ApiErrorOptions {
  /** The HTTP status. */
  readonly status: number;
  /** UPPER_SNAKE: what a program decides by. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  /** More members of the `error` object. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A refusal as a stand-in's HTTP API words it. The sandboxes play other companies' systems, so they do not share the
 * suite's AppError. On the wire: `{"error":{"code","message",...}}`.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(options: ApiErrorOptions) {
    super(options.message);
    this.status = options.status;
    this.code = options.code;
    this.extra = options.extra ?? {};
    this.headers = options.headers ?? {};
  }

  /** The JSON body. */
  get body(): { readonly error: Readonly<Record<string, unknown>> } {
    return { error: { code: this.code, message: this.message, ...this.extra } };
  }
}

/** 400 INVALID_REQUEST, with every field at once. */
export function invalidRequest(fields: readonly FieldProblem[]): ApiError {
  const message = fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  return new ApiError({ status: 400, code: 'INVALID_REQUEST', message, extra: { fields } });
}

/** 404 with the code that names the kind of thing. */
export function notFound(code: string, message: string): ApiError {
  return new ApiError({ status: 404, code, message });
}

/** 409: the thing is there, but not in a state that allows this. */
export function conflict(code: string, message: string): ApiError {
  return new ApiError({ status: 409, code, message });
}
