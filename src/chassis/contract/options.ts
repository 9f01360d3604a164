import { getOption, hasOption, type DescMethod, type FileRegistry } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';

import type { Priority } from '../core/index.ts';

/** Who may call an RPC from outside the suite (tradewind.type.v1.access); absent means 'admin'. */
export type AccessLevel = 'public' | 'user' | 'admin';

/** What calls of an RPC count as where nothing comes with them (tradewind.type.v1.priority); `exempt`: never refused for load. */
export type MethodPriority = Priority | 'exempt';

/** Whether calling twice is as good as once: `idempotency_level`. */
export type Idempotency = 'no-side-effects' | 'idempotent' | 'unknown';

/** One route of google.api.http. Source: google/api/http.proto. */
export interface HttpRule {
  /** Upper case. */
  readonly verb: string;
  /** The path template: "/v1/users/{user_id}". */
  readonly template: string;
  /** "*": the whole request; a field's proto name: that field; "": there is no body. */
  readonly body: string;
  /** The response field that is the whole answer; "": the whole response. */
  readonly responseBody: string;
}

const ACCESS_EXTENSION = 'tradewind.type.v1.access';
const PRIORITY_EXTENSION = 'tradewind.type.v1.priority';
const HTTP_EXTENSION = 'google.api.http';
const ACCESS_LEVELS: Readonly<Record<number, AccessLevel>> = { 1: 'public', 2: 'user', 3: 'admin' };
const METHOD_PRIORITIES: Readonly<Record<number, MethodPriority>> = {
  1: 'sheddable',
  2: 'normal',
  3: 'critical',
  4: 'exempt',
};

/** What google.api.HttpRule looks like when it is read through its descriptor. */
interface HttpRuleMessage {
  readonly pattern: { readonly case?: string; readonly value?: unknown };
  readonly body: string | undefined;
  /** Absent in older copies of google/api/http.proto. */
  readonly responseBody: string | undefined;
  readonly additionalBindings: readonly HttpRuleMessage[];
}

/** The RPC's access level. */
export function accessOf(method: DescMethod, registry: FileRegistry): AccessLevel {
  const extension = registry.getExtension(ACCESS_EXTENSION);
  if (extension === undefined || !hasOption(method, extension)) return 'admin';
  return ACCESS_LEVELS[Number(getOption(method, extension))] ?? 'admin';
}

/** The RPC's priority; absent means 'normal'. */
export function priorityOf(method: DescMethod, registry: FileRegistry): MethodPriority {
  const extension = registry.getExtension(PRIORITY_EXTENSION);
  if (extension === undefined || !hasOption(method, extension)) return 'normal';
  return METHOD_PRIORITIES[Number(getOption(method, extension))] ?? 'normal';
}

/** The RPC's idempotency level. */
export function idempotencyOf(method: DescMethod): Idempotency {
  switch (method.idempotency) {
    case MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS:
      return 'no-side-effects';
    case MethodOptions_IdempotencyLevel.IDEMPOTENT:
      return 'idempotent';
    case MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN:
      return 'unknown';
  }
}

/** The RPC's routes: the main one, then additional bindings. */
export function httpRulesOf(method: DescMethod, registry: FileRegistry): readonly HttpRule[] {
  const extension = registry.getExtension(HTTP_EXTENSION);
  if (extension === undefined || !hasOption(method, extension)) return [];
  const rule = getOption(method, extension) as unknown as HttpRuleMessage; // the message type of google.api.http
  return [rule, ...rule.additionalBindings].flatMap(toHttpRule);
}

function toHttpRule({ pattern, body, responseBody }: HttpRuleMessage): HttpRule[] {
  const custom = pattern.value as { readonly kind?: string; readonly path?: string } | undefined; // when case is "custom"
  const verb = pattern.case === 'custom' ? custom?.kind : pattern.case;
  const template = pattern.case === 'custom' ? custom?.path : pattern.value;
  if (verb === undefined || typeof template !== 'string') return [];
  return [{ verb: verb.toUpperCase(), template, body: body ?? '', responseBody: responseBody ?? '' }];
}
