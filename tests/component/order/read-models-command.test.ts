import { PassThrough } from 'node:stream';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';

import { addReadModelCommands } from '../../../src/cli/read-models/commands.ts';
import { cart, openShop } from './shop.ts';

let shop: Awaited<ReturnType<typeof openShop>>;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

/** Runs `tradewind read-models ...` as a person types it. */
async function readModels(...args: readonly string[]): Promise<string> {
  let out = '';
  const host = {
    environment: {},
    stdin: new PassThrough(),
    write: (text: string) => (out += text),
    signal: new AbortController().signal,
  };
  const program = new Command('tradewind').exitOverride().configureOutput({ writeErr: () => undefined });
  addReadModelCommands(program, (work) => work(host));
  await program.parseAsync(['read-models', ...args, '--address', shop.service.grpc], { from: 'user' });
  return out;
}

describe('tradewind read-models', () => {
  it('lists what is served, makes it again and waits for it', async () => {
    const { order } = await shop.orders.placeOrder(cart());
    await shop.watch(order?.id ?? '');
    await shop.orders.listOrders({});
    await shop.orders.getOrderStatistics({});
    const [title, ...rows] = (await readModels('list')).trimEnd().split('\n');
    expect(title).toMatch(/^read model +generation +state +position +missing/i);
    expect(rows.map((row) => row.split(/ +/).slice(0, 3))).toEqual([
      ['order-statistics', '1', 'serving'],
      ['orders', '1', 'serving'],
    ]);

    expect(await readModels('rebuild', 'orders')).toMatch(/^orders was made again in .+\.\n$/);
    expect(await readModels('rebuild', 'order-statistics', '--no-wait')).toContain('is being made again');
    const listed = (await readModels('list', '--json')).trimEnd().split('\n');
    expect(listed.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { name: 'order-statistics' },
      { name: 'orders', generations: [{ number: 2, state: 'GENERATION_STATE_SERVING' }] },
    ]);
    expect((await shop.orders.listOrders({})).orders).toHaveLength(1);
  });

  it('fails for a read model that there is not', async () => {
    await expect(readModels('rebuild', 'nothing')).rejects.toMatchObject({ reason: 'READ_MODEL_NOT_FOUND' });
  });
});
