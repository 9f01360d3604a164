import { describe, expect, it } from '@jest/globals';

import { createInstanceSet } from '../../../../src/chassis/registry/etcd/instance-set.ts';
import { formatInstance, parseInstance, type Instance } from '../../../../src/chassis/registry/index.ts';

const instance = (id: string, zone = ''): Instance => ({
  process: 'user',
  id,
  address: '127.0.0.1:1',
  weight: 100,
  zone,
  version: '',
  startedAt: '',
  metadata: {},
});
const kv = (id: string, modRevision: string, zone = '') => ({
  key: `/k/${id}`,
  value: formatInstance(instance(id, zone)),
  modRevision,
});

describe('createInstanceSet', () => {
  const collect = () => {
    const malformed: string[] = [];
    const set = createInstanceSet((key) => malformed.push(key));
    return { set, malformed, ids: () => set.instances.map(({ id }) => id) };
  };

  it('tells a first list, even an empty one, and then only lists that differ by mod revision', () => {
    const { set, ids } = collect();
    expect(set.replace([])).toBe(true);
    expect(set.replace([])).toBe(false);
    expect(set.replace([kv('b', '2'), kv('a', '1')])).toBe(true);
    expect(ids()).toEqual(['a', 'b']);
    expect(set.replace([kv('a', '1'), kv('b', '2')])).toBe(false);
    expect(set.replace([kv('a', '1'), kv('b', '3', 'east')])).toBe(true);
    expect(set.replace([kv('a', '1')])).toBe(true);
    expect(ids()).toEqual(['a']);
  });

  it('applies the changes of a watch in their order', () => {
    const { set, ids } = collect();
    set.replace([kv('a', '1')]);
    const changed = set.apply([
      { kind: 'put', kv: kv('b', '2') },
      { kind: 'delete', key: '/k/a' },
      { kind: 'put', kv: kv('c', '4') },
      { kind: 'delete', key: '/k/c' },
    ]);
    expect(changed).toBe(true);
    expect(ids()).toEqual(['b']);
    expect(set.apply([{ kind: 'delete', key: '/k/unknown' }])).toBe(false);
  });

  it('passes over malformed values, once each, and keeps an earlier good one of the key', () => {
    const { set, malformed, ids } = collect();
    set.replace([kv('a', '1')]);
    const junk = { key: '/k/a', value: 'junk', modRevision: '2' };
    expect(set.apply([{ kind: 'put', kv: junk }])).toBe(false);
    expect(set.replace([junk])).toBe(false);
    expect(malformed).toEqual(['/k/a']);
    expect(ids()).toEqual(['a']);
    expect(set.apply([{ kind: 'delete', key: '/k/a' }])).toBe(true);
    expect(ids()).toEqual([]);
  });
});

describe('parseInstance', () => {
  it('reads what formatInstance wrote, and fills what an older version did not write', () => {
    expect(parseInstance(formatInstance(instance('a')))).toEqual({ kind: 'instance', instance: instance('a') });
    expect(parseInstance('{"process":"user","id":"a","address":"127.0.0.1:1"}')).toEqual({
      kind: 'instance',
      instance: instance('a'),
    });
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"process":"user","id":"a","address":"here"}',
    '{"process":"user","id":"a","address":"h:1","weight":-1}',
  ])('calls %s malformed', (text) => {
    expect(parseInstance(text).kind).toBe('malformed');
  });
});
