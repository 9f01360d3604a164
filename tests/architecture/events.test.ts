import { readdir } from 'node:fs/promises';

import { describe, expect, it } from '@jest/globals';

import { eventsOf, loadContract } from '../../src/chassis/contract/index.ts';
import type { EventType } from '../../src/chassis/events/index.ts';
import { read, ROOT } from '../support/repository.ts';

/** The services that publish, by what each declares in its events.ts. */
const declared = async () => {
  const services = await readdir(`${ROOT}/src/services`);
  const lists = await Promise.all(
    services.sort().map(async (source) => {
      const files = await readdir(`${ROOT}/src/services/${source}`);
      if (!files.includes('events.ts')) return [];
      const module = (await import(`../../src/services/${source}/events.ts`)) as Record<string, unknown>;
      const types = module[`${source.toUpperCase()}_EVENTS`] as Record<string, EventType<unknown>> | undefined;
      return Object.values(types ?? {}).map(({ type, schema }) => ({ source, type, schema }));
    }),
  );
  return lists.flat();
};

/** What consumers declare of other processes' events: in `consumers/<source>-events.ts`, as `<SOURCE>_EVENTS`. */
const consumed = async () => {
  const files = (await readdir(`${ROOT}/src/services`, { recursive: true })).sort();
  const paths = files.flatMap((file) => {
    const [path, source = ''] = /^\w+\/consumers\/([a-z]+)-events\.ts$/.exec(file) ?? [];
    return path === undefined ? [] : [{ path, source }];
  });
  const lists = await Promise.all(
    paths.map(async ({ path, source }) => {
      const module = (await import(`../../src/services/${path}`)) as Record<string, unknown>;
      const types = module[`${source.toUpperCase()}_EVENTS`] as Record<string, EventType<unknown>>;
      return Object.values(types).map(({ type, schema }) => ({ path, source, type, schema }));
    }),
  );
  return lists.flat();
};

const inContract = async () =>
  eventsOf(await loadContract()).map(({ type, source, message }) => ({ source, type, schema: message.typeName }));

const byType = <Event extends { readonly type: string }>(events: readonly Event[]) =>
  [...events].sort((left, right) => (left.type < right.type ? -1 : 1));

describe('the types of events', () => {
  it('that services declare are those of the contract, with the same messages', async () => {
    expect(byType(await declared())).toEqual(byType(await inContract()));
  });

  it('that consumers read are those of the contract, with the same messages', async () => {
    const contract = new Map((await inContract()).map((event) => [event.type, event]));
    const read = await consumed();
    expect(read).not.toEqual([]);
    for (const { path, source, ...event } of read) {
      expect([path, event]).toEqual([path, { ...event, schema: contract.get(event.type)?.schema }]);
      expect([path, event.type, contract.get(event.type)?.source]).toEqual([path, event.type, source]);
    }
  });

  it('that SQL writes are declared by its own service', async () => {
    const types = new Map((await declared()).map(({ type, source }) => [type, source]));
    const folders = (await readdir(`${ROOT}/src/services`)).map((source) => ({
      source,
      path: `src/services/${source}/sql`,
    }));
    const written: string[] = [];
    for (const { source, path } of folders) {
      for (const name of (await readdir(`${ROOT}/${path}`)).filter((file) => file.endsWith('.sql'))) {
        const text = await read(`${path}/${name}`);
        if (!/ AS type\b|INSERT INTO outbox/.test(text)) continue;
        for (const [, type = ''] of text.matchAll(/'([a-z_]+\.[a-z_-]+)'/g)) {
          written.push(type);
          expect([path, name, type, types.get(type)]).toEqual([path, name, type, source]);
        }
      }
    }
    expect(written).toEqual(
      expect.arrayContaining(['reservation.held', 'points.awarded', 'order.placed', 'stock.low']),
    );
  });

  it('of two processes never begin alike', async () => {
    const owners = new Map<string, string>();
    for (const { type, source } of eventsOf(await loadContract())) {
      const prefix = type.split('.')[0] ?? '';
      expect([type, owners.get(prefix) ?? source]).toEqual([type, source]);
      owners.set(prefix, source);
    }
  });
});
