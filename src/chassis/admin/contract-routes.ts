import { ScalarType, type JsonValue } from '@bufbuild/protobuf';

import { bytesFromJson, jsonFromBytes, type Contract, type MethodContract } from '../contract/index.ts';
import { AppError, invalidArgument, type Clock } from '../core/index.ts';
import { compileRequests, createValidator } from '../validation/index.ts';
import { jsonAnswer, type AdminAnswer, type AdminRequest, type AdminRoute } from './admin-route.ts';

/** A generated message, as far as routes need it. */
interface MessageType {
  decode(bytes: Uint8Array): unknown;
  encode(message: never): { finish(): Uint8Array };
  fromPartial(object: object): unknown;
}

/** What routes are made of. `Name`: the RPCs that have one. */
export interface ContractRoutesOptions<Name extends string> {
  /** The generated definition. */
  readonly definition: {
    readonly fullName: string;
    readonly methods: Readonly<Record<Name, { readonly requestType: MessageType; readonly responseType: MessageType }>>;
  };
  /** The answers, by the names of the definition. */
  readonly handlers: Readonly<Record<Name, (request: never, signal: AbortSignal) => Promise<unknown>>>;
  /** What the index says of each. */
  readonly about: Readonly<Record<Name, string>>;
  readonly contract: Contract;
  readonly clock: Clock;
}

/**
 * The unary RPCs of a service as HTTP and JSON at the admin port: the paths, the rules and the messages are those of the contract. What is in
 * braces in a path, in the query or in the body are fields of the request. What is refused is google.rpc.Status in JSON that names the field.
 */
export function contractRoutes<Name extends string>(options: ContractRoutesOptions<Name>): readonly AdminRoute[] {
  const { definition, contract, clock } = options;
  const rules = compileRequests(contract, [definition.fullName], createValidator({ clock }));
  const methods = contract.methods.filter(({ service }) => service === definition.fullName);
  return methods.flatMap((method) => {
    const [rule] = method.http;
    if (rule === undefined) return [];
    const name = (method.name.charAt(0).toLowerCase() + method.name.slice(1)) as Name; // as ts-proto names it
    const { requestType, responseType } = definition.methods[name];
    const handle = async (request: AdminRequest): Promise<AdminAnswer> => {
      const body = rule.body === '*' ? objectOf(await request.json()) : fieldsOf(method, request.query);
      const json = { ...body, ...request.variables };
      const message = requestType.decode(bytesFromJson(method.input, json, contract.registry));
      const violations = rules.get(method.path)?.(message) ?? [];
      if (violations.length > 0) throw invalidArgument(violations);
      const answer = await options.handlers[name](message as never, request.signal); // the definition's types are the handlers'
      const response = responseType.fromPartial(answer as object);
      const bytes = responseType.encode(response as never).finish();
      return jsonAnswer(200, jsonFromBytes(method.output, bytes, contract.registry));
    };
    return [{ verb: rule.verb as AdminRoute['verb'], path: rule.template, about: options.about[name], handle }];
  });
}

/** The query's parameters that are fields of the request; others are for whoever answers. */
function fieldsOf({ input }: MethodContract, query: URLSearchParams): Record<string, JsonValue> {
  const given = input.fields.filter(({ name }) => query.has(name));
  return Object.fromEntries(
    given.map((field) => [field.name, field.fieldKind === 'list' ? query.getAll(field.name) : valueOf(field, query)]),
  );
}

/** JSON takes numbers as text, booleans not; what is neither "true" nor "false" stays as it is and is refused with the field's name. */
function valueOf({ name, scalar }: MethodContract['input']['fields'][number], query: URLSearchParams): JsonValue {
  const text = query.get(name);
  return scalar === ScalarType.BOOL && (text === 'true' || text === 'false') ? text === 'true' : text;
}

function objectOf(json: unknown): Record<string, JsonValue> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, JsonValue>; // from JSON
  throw new AppError({
    status: 'INVALID_ARGUMENT',
    reason: 'BODY_NOT_JSON',
    message: 'the body must be a JSON object',
  });
}
