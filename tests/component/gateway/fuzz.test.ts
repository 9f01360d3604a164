import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { loadContract } from '../../../src/chassis/contract/index.ts';
import { routesOf, type Route } from '../../../src/gateway/routes.ts';
import { startGateway, type Gateway } from './gateway-process.ts';

/** The same requests at every run. */
const SEED = 20_260_102;
const RUNS = 500;

const contract = await loadContract();
const routes = routesOf(contract).filter(({ method }) => method.service.startsWith('tradewind.user.'));

let gateway: Gateway;
let tokens: readonly (string | undefined)[];
let knownId: string;
beforeAll(async () => {
  gateway = await startGateway();
  const { user, as } = await gateway.user.signedIn();
  knownId = user.id;
  tokens = [undefined, as.token, (await gateway.user.administrator()).token, 'no token'];
});
afterAll(async () => gateway.close());

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    '99999999999999999999',
    'null',
    'a\u0000b',
    '../x',
    '%',
    "'; DROP TABLE account",
    'NaN',
    'known',
  ),
  fc.uuid(),
);
/** Names of fields, right and wrong, flat and deep. */
const fieldName = (route: Route) =>
  fc.oneof(
    fc.constantFrom(...route.method.input.fields.flatMap(({ name, jsonName }) => [name, jsonName]), 'nope'),
    fc.constantFrom(
      'user.id',
      'user.default_address.city',
      'user.create_time',
      'update_mask.paths',
      '__proto__',
      'a.b.c',
    ),
    text,
  );
const value: fc.Arbitrary<unknown> = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }), fc.integer(), fc.double());

/** Bodies that are nearly right: known fields, any values. */
const body = (route: Route) => {
  const fields =
    route.rule.body === 'user' ? (route.method.input.fields[0]?.message?.fields ?? []) : route.method.input.fields;
  const nearly = fc.record(Object.fromEntries(fields.map(({ jsonName }) => [jsonName, value])), { requiredKeys: [] });
  return fc.oneof(
    fc.constant(undefined),
    nearly.map((v) => JSON.stringify(v)),
    fc.jsonValue().map((v) => JSON.stringify(v)),
    text,
  );
};

const request = fc.constantFrom(...routes).chain((route) =>
  fc.record({
    route: fc.constant(route),
    verb: fc.oneof(
      { weight: 9, arbitrary: fc.constant(route.verb) },
      { weight: 1, arbitrary: fc.constantFrom('PUT', 'HEAD', 'OPTIONS') },
    ),
    variable: text,
    query: fc.array(fc.tuple(fieldName(route), text), { maxLength: 3 }),
    body: body(route),
    caller: fc.nat({ max: 3 }),
  }),
);

describe('the routes of the user process', () => {
  it('answer whatever is sent with what the caller did wrong, never with 5xx', async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ route, verb, variable, query, body: sent, caller }) => {
        const id = variable === 'known' ? knownId : encodeURIComponent(variable.toWellFormed());
        const path = route.template.text.replace(/\{[^}]*\}/g, id === '..' || id === '.' ? 'x' : id);
        const search = new URLSearchParams(query.map(([name, v]): [string, string] => [name, v])).toString();
        const token = tokens[caller];
        const answer = await gateway.call(verb, search === '' ? path : `${path}?${search}`, {
          ...(sent !== undefined && verb !== 'GET' && verb !== 'HEAD' && { body: sent }),
          ...(token !== undefined && { token }),
        });
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400 && verb !== 'HEAD') {
          expect(answer.body).toMatchObject({ code: expect.any(Number), message: expect.any(String) });
          expect(answer.body.details[0]).toMatchObject({ reason: expect.stringMatching(/^[A-Z_]+$/) });
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 400, 401, 403])); // it reached behind the gateway
  }, 120_000);
});
