import type { DescField, DescMessage } from '@bufbuild/protobuf';

import { commentsOf, processOf, type Comments, type Contract } from '../chassis/contract/index.ts';
import { messageSchemas, schemaOfField, type JsonSchema } from './openapi-schema.ts';
import { routesOf, type Route } from './routes.ts';

/**
 * The OpenAPI 3.1 document of the contract's HTTP routes; descriptions are the contract's comments, if it was loaded with them.
 * Source: https://spec.openapis.org/oas/v3.1.0
 */
export function openApiDocument(contract: Contract, version: string): Record<string, unknown> {
  const routes = routesOf(contract);
  const comments = commentsOf(contract.registry);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes.toSorted((a, b) => (a.rule.template < b.rule.template ? -1 : 1))) {
    const path = route.rule.template;
    paths[path] = { ...paths[path], [route.verb.toLowerCase()]: operation(route, comments) };
  }
  const roots = routes.flatMap((route) => [route.method.input, route.method.output]);
  return {
    openapi: '3.1.0',
    info: { title: 'Tradewind', version, description: 'Every unary RPC of the suite over HTTP and JSON.' },
    tags: contract.services.filter((service) => processOf({ service }) !== undefined).map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...messageSchemas(roots, comments), 'google.rpc.Status': STATUS_SCHEMA },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

const STATUS_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'Why a request failed: a gRPC status, with google.rpc details (ErrorInfo always).',
  properties: {
    code: { type: 'integer' },
    message: { type: 'string' },
    details: { type: 'array', items: { type: 'object', properties: { '@type': { type: 'string' } } } },
  },
};

const ref = (message: DescMessage): JsonSchema => ({ $ref: `#/components/schemas/${message.typeName}` });
const json = (schema: JsonSchema) => ({ 'application/json': { schema } });

function operation(route: Route, comments: Comments): Record<string, unknown> {
  const { method, rule, template } = route;
  const comment = comments(`${method.service}.${method.name}`);
  const bindings = method.http.indexOf(rule);
  return {
    operationId: `${method.service.split('.').at(-1)}_${method.name}${bindings > 0 ? `_${bindings + 1}` : ''}`,
    tags: [method.service],
    summary: comment.split(/(?<=\.)\s/)[0] ?? '',
    description: comment,
    parameters: [...pathParameters(route, comments), ...queryParameters(route, comments)],
    ...(rule.body !== '' && {
      requestBody: { required: true, content: json(bodySchema(method.input, rule.body, comments)) },
    }),
    responses: {
      200: { description: 'OK', content: json(bodySchema(method.output, rule.responseBody || '*', comments)) },
      default: {
        description: 'The request failed.',
        content: json({ $ref: '#/components/schemas/google.rpc.Status' }),
      },
    },
    security: method.access === 'public' ? [] : [{ bearer: [] }],
    'x-tradewind-access': method.access,
    'x-tradewind-idempotency': method.idempotency,
    'x-tradewind-rpc': method.path.slice(1),
    ...(template.verb !== '' && { 'x-custom-verb': template.verb }),
  };
}

/** The schema of a message, or of the one field of it that is the body. */
function bodySchema(message: DescMessage, body: string, comments: Comments): JsonSchema {
  if (body === '*') return ref(message);
  const field = message.fields.find((candidate) => candidate.name === body);
  return field === undefined ? {} : schemaOfField(field, comments);
}

function pathParameters({ template, method }: Route, comments: Comments): JsonSchema[] {
  return template.segments.flatMap((segment) => {
    if (segment.kind === 'literal') return [];
    const field = fieldAt(method.input, segment.field);
    return [
      {
        name: segment.field,
        in: 'path',
        required: true,
        schema: field === undefined ? {} : schemaOfField(field, comments),
      },
    ];
  });
}

/** Fields that neither path nor body carries; messages are written with dots. */
function queryParameters({ template, method, rule }: Route, comments: Comments): JsonSchema[] {
  if (rule.body === '*') return [];
  const taken = new Set(template.segments.flatMap((s) => (s.kind === 'variable' ? [s.field] : [])));
  return leaves(method.input, '', 0)
    .filter(({ path }) => !taken.has(path) && path.split('.')[0] !== rule.body)
    .map(({ path, field }) => ({
      name: path,
      in: 'query',
      description: comments(`${field.parent.typeName}.${field.name}`),
      schema: schemaOfField(field, comments),
    }));
}

const MAX_QUERY_DEPTH = 2;

function leaves(message: DescMessage, prefix: string, depth: number): { path: string; field: DescField }[] {
  return message.fields.flatMap((field) => {
    const path = prefix + field.name;
    const isOwnMessage = field.fieldKind === 'message' && field.message.typeName.startsWith('tradewind.');
    if (field.fieldKind === 'map' || (field.fieldKind === 'list' && field.listKind === 'message')) return [];
    if (!isOwnMessage) return [{ path, field }];
    return depth < MAX_QUERY_DEPTH ? leaves(field.message, `${path}.`, depth + 1) : [];
  });
}

function fieldAt(message: DescMessage, path: string): DescField | undefined {
  const [head, ...rest] = path.split('.');
  const field = message.fields.find((candidate) => candidate.name === head);
  if (rest.length === 0 || field?.fieldKind !== 'message') return field;
  return fieldAt(field.message, rest.join('.'));
}
