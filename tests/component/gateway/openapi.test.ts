import SwaggerParser from '@apidevtools/swagger-parser';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { loadContract, processOf } from '../../../src/chassis/contract/index.ts';
import { startGateway, type Gateway } from './gateway-process.ts';

interface Operation {
  readonly operationId: string;
  readonly description: string;
  readonly security: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: unknown;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Schema {
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

let gateway: Gateway;
let document: Document;
beforeAll(async () => {
  gateway = await startGateway();
  document = (await gateway.call('GET', '/openapi.json')).body;
});
afterAll(async () => gateway.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ path, verb, operation })),
  );

describe('/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document, every reference in it resolves', async () => {
    expect(document.openapi).toBe('3.1.0');
    // The parser writes into what it is given, and reads nothing else.
    const copy = JSON.parse(JSON.stringify(document));
    await expect(SwaggerParser.validate(copy, { resolve: { external: false } })).resolves.toBeDefined();
  });

  it('has the routes of the contract, all and no others', async () => {
    const contract = await loadContract();
    const declared = contract.methods
      .filter((method) => !method.requestStream && !method.responseStream && processOf(method) !== undefined)
      .flatMap(({ http }) => http.map(({ verb, template }) => `${verb} ${template}`));
    const documented = operations().map(({ verb, path }) => `${verb.toUpperCase()} ${path}`);
    expect(documented.sort()).toEqual(declared.sort());
    expect(documented.length).toBeGreaterThan(50);
  });

  it('names each operation once, describes it, and says where a token is needed', async () => {
    const contract = await loadContract();
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, verb, operation } of operations()) {
      const method = contract.methods.find(({ http }) =>
        http.some((rule) => rule.template === path && rule.verb === verb.toUpperCase()),
      );
      expect(operation.description).not.toBe('');
      expect([path, operation.security.length]).toEqual([path, method?.access === 'public' ? 0 : 1]);
    }
  });

  it('has a required parameter for each variable of a path', () => {
    for (const { path, operation } of operations()) {
      const variables = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
      const parameters = operation.parameters.filter((p) => p.in === 'path' && p.required === true);
      expect([path, parameters.map(({ name }) => name)]).toEqual([path, variables]);
    }
  });

  it("carries the contract's comments and rules", () => {
    const { properties } = document.components.schemas['tradewind.user.v1.CreateUserRequest'] ?? { properties: {} };
    expect(properties['password']).toMatchObject({
      type: 'string',
      minLength: 10,
      maxLength: 200,
      description: 'Never stored, only its argon2id hash.',
    });
    expect(properties['email']).toMatchObject({ format: 'email', maxLength: 254 });
    expect(document.components.schemas['tradewind.type.v1.Money']?.properties['units']).toMatchObject({
      type: 'string',
      format: 'int64',
    });
  });

  it('describes the routes that are there: none of them answers 404 ROUTE_NOT_FOUND or 405', async () => {
    for (const { path, verb } of operations()) {
      const concrete = path.replace(/\{[^}]*\}/g, 'x');
      const { headers, status } = await gateway.call('OPTIONS', concrete);
      expect([concrete, status]).toEqual([concrete, 204]);
      expect(headers.get('allow')?.split(', ')).toContain(verb.toUpperCase());
    }
  });
});
