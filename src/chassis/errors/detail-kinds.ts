import {
  BadRequest,
  PreconditionFailure,
  QuotaFailure,
  ResourceInfo,
  RetryInfo,
  type MessageFns,
} from '../../../gen/google/rpc/error_details.ts';
import type { ErrorDetail } from '../core/index.ts';

/** One kind of detail and the message of google/rpc/error_details.proto that carries it. */
interface DetailKind<Kind extends ErrorDetail['kind'], Message> {
  readonly typeName: string;
  readonly codec: MessageFns<Message>;
  toMessage(detail: Extract<ErrorDetail, { kind: Kind }>): Message;
  fromMessage(message: Message): Extract<ErrorDetail, { kind: Kind }>;
  /** Proto3 JSON, where the generated code writes something else. */
  toJson?(detail: Extract<ErrorDetail, { kind: Kind }>): object;
}

function kind<Kind extends ErrorDetail['kind'], Message>(
  definition: DetailKind<Kind, Message>,
): DetailKind<Kind, Message> {
  return definition;
}

/** Every detail the suite sends, and how each is written as a google.rpc message. */
export const DETAIL_KINDS = {
  badRequest: kind<'badRequest', BadRequest>({
    typeName: 'google.rpc.BadRequest',
    codec: BadRequest,
    toMessage: ({ violations }) => ({
      fieldViolations: violations.map(({ field, description, reason = '' }) => ({
        field,
        description,
        reason,
        localizedMessage: undefined,
      })),
    }),
    fromMessage: ({ fieldViolations }) => ({
      kind: 'badRequest',
      violations: fieldViolations.map(({ field, description, reason }) => ({
        field,
        description,
        ...(reason === '' ? {} : { reason }),
      })),
    }),
  }),
  preconditionFailure: kind<'preconditionFailure', PreconditionFailure>({
    typeName: 'google.rpc.PreconditionFailure',
    codec: PreconditionFailure,
    toMessage: ({ violations }) => ({ violations: [...violations] }),
    fromMessage: ({ violations }) => ({ kind: 'preconditionFailure', violations }),
  }),
  retryInfo: kind<'retryInfo', RetryInfo>({
    typeName: 'google.rpc.RetryInfo',
    codec: RetryInfo,
    toMessage: ({ retryDelayMs }) => ({
      retryDelay: {
        seconds: BigInt(Math.trunc(retryDelayMs / 1_000)),
        nanos: Math.round((retryDelayMs % 1_000) * 1_000_000),
      },
    }),
    fromMessage: ({ retryDelay }) => ({
      kind: 'retryInfo',
      retryDelayMs: retryDelay === undefined ? 0 : Number(retryDelay.seconds) * 1_000 + retryDelay.nanos / 1_000_000,
    }),
    // ts-proto writes a Duration as its fields.
    toJson: ({ retryDelayMs }) => ({ retryDelay: `${(retryDelayMs / 1_000).toFixed(3)}s` }),
  }),
  quotaFailure: kind<'quotaFailure', QuotaFailure>({
    typeName: 'google.rpc.QuotaFailure',
    codec: QuotaFailure,
    toMessage: ({ violations }) => QuotaFailure.fromPartial({ violations: [...violations] }),
    fromMessage: ({ violations }) => ({
      kind: 'quotaFailure',
      violations: violations.map(({ subject, description }) => ({ subject, description })),
    }),
  }),
  resourceInfo: kind<'resourceInfo', ResourceInfo>({
    typeName: 'google.rpc.ResourceInfo',
    codec: ResourceInfo,
    toMessage: ({ resourceType, resourceName }) => ({ resourceType, resourceName, owner: '', description: '' }),
    fromMessage: ({ resourceType, resourceName }) => ({ kind: 'resourceInfo', resourceType, resourceName }),
  }),
} satisfies Record<ErrorDetail['kind'], unknown>;

/** A detail kind with its message type forgotten, for code that treats all kinds alike. */
export interface AnyDetailKind {
  readonly typeName: string;
  readonly codec: MessageFns<unknown>;
  toMessage(detail: ErrorDetail): unknown;
  fromMessage(message: unknown): ErrorDetail;
  toJson?(detail: ErrorDetail): object;
}

/** The kind that writes this detail. */
export function kindOf(detail: ErrorDetail): AnyDetailKind {
  return DETAIL_KINDS[detail.kind] as unknown as AnyDetailKind; // the table pairs each kind with its own message
}

const BY_TYPE_NAME = new Map(
  Object.values(DETAIL_KINDS).map((entry) => [entry.typeName, entry as unknown as AnyDetailKind]), // as above
);

/** The kind that reads this message type, or undefined: a detail we do not know is passed over. */
export function kindByTypeName(typeName: string): AnyDetailKind | undefined {
  return BY_TYPE_NAME.get(typeName);
}
