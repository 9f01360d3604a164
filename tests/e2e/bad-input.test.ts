import { fromJson, toBinary, type JsonValue } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import {
  bytesDefinitions,
  loadContract,
  processOf,
  type Contract,
  type MethodContract,
} from '../../src/chassis/contract/index.ts';
import { AppError } from '../../src/chassis/core/index.ts';
import { badMessages } from '../support/bad-messages.ts';
import { breaches } from '../support/invariants/index.ts';
import { startSuite, type TestSuite } from '../support/suite.ts';

type Call = (request: unknown, options: { timeoutMs: number }) => Promise<unknown> | AsyncIterable<unknown>;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe('bad input to every RPC', () => {
  let suite: TestSuite;
  let contract: Contract;

  beforeAll(async () => {
    [suite, contract] = await Promise.all([startSuite({ args: ['--no-demo'] }), loadContract()]);
  }, 120_000);
  afterAll(async () => {
    await suite?.[Symbol.asyncDispose]();
  }, 30_000);

  /** Processes that have ended since all were ready, with what they said last. */
  const crashes = () => {
    const ready = suite.events.findIndex((event) => event.event === 'ready');
    return suite.events.slice(ready).filter((event) => event.event === 'crashed');
  };

  /** The error of one call with this message; undefined when there was none. */
  async function errorOf(method: MethodContract, bytes: Uint8Array): Promise<unknown> {
    const definition = bytesDefinitions(contract).get(method.service);
    if (definition === undefined) throw new Error(`the contract has no ${method.service}`);
    const process = processOf(method) ?? 'notification'; // which has all that several processes serve, ConsumerService too
    const client = suite.client(definition, process) as unknown as Record<string, Call>;
    try {
      const answer = client[method.name]?.(method.requestStream ? once(bytes) : bytes, { timeoutMs: 10_000 });
      if (method.responseStream) for await (const _message of answer as AsyncIterable<unknown>) break;
      else await answer;
      return undefined;
    } catch (error) {
      return error;
    }
  }

  it('is INVALID_ARGUMENT and names the field, and no process ends of it', async () => {
    const methods = contract.methods.filter((method) => method.service.startsWith('tradewind.'));
    const wrong: string[] = [];
    let tried = 0;
    for (const method of methods) {
      for (const bad of badMessages(method.input)) {
        const json = bad.json as JsonValue; // made of strings, numbers and arrays
        const bytes = toBinary(method.input, fromJson(method.input, json, { registry: contract.registry }));
        const error = await errorOf(method, bytes);
        tried += 1;
        const name = `${method.path} with ${bad.field} ${bad.what}`;
        if (!(error instanceof AppError) || error.status !== 'INVALID_ARGUMENT') {
          wrong.push(`${name}: ${String(error)}`);
          continue;
        }
        const detail = error.details.find((d) => d.kind === 'badRequest');
        const fields = detail?.kind === 'badRequest' ? detail.violations.map((violation) => violation.field) : [];
        if (!fields.some((field) => field === bad.field || field.startsWith(`${bad.field}[`))) {
          wrong.push(`${name}: names ${fields.join(', ')}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(200);
    expect(crashes()).toEqual([]);
  }, 120_000);

  it('is refused with a clear status where it is no message at all', async () => {
    const garbage = Uint8Array.from({ length: 64 }, (_, index) => (index * 37 + 255) % 256);
    const wrong: string[] = [];
    for (const method of contract.methods.filter((m) => m.service.startsWith('tradewind.'))) {
      const error = await errorOf(method, garbage);
      const isClear = error instanceof AppError && ['INVALID_ARGUMENT', 'INTERNAL'].includes(error.status);
      if (!isClear) wrong.push(`${method.path}: ${String(error)}`);
    }
    expect(wrong).toEqual([]);
    expect(crashes()).toEqual([]);
  }, 60_000);

  it('leaves every invariant as it was', async () => {
    expect(await breaches(suite, { orderIds: [] })).toEqual([]);
  }, 60_000);
});
