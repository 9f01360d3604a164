import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Etcd3, type ICompare, type IRequestOp } from 'etcd3';

import { eventually } from '../support/eventually.ts';
import { openRawWatch, type RawWatch } from '../support/etcd-watch.ts';

/** A server that the suite may write to, and how to end it. */
export interface EtcdUnderTest {
  /** `host:port` */
  readonly endpoint: string;
  close(): Promise<void>;
}

const bytes = (text: string) => Buffer.from(text, 'latin1');
const NOTHING = { compare: [], success: [], failure: [] };

/**
 * What Tradewind and its operators rely on in etcd's v3 API, asked through the `etcd3` client. The same suite runs
 * against the embedded server and a real etcd, so what it says about the one holds for the other.
 */
export function describeEtcdApi(start: () => Promise<EtcdUnderTest>): void {
  let server: EtcdUnderTest;
  let client: Etcd3;
  let prefix: string;
  let tests = 0;

  beforeAll(async () => {
    server = await start();
    client = new Etcd3({ hosts: [`http://${server.endpoint}`] });
  });
  afterAll(async () => {
    client.close();
    await server.close();
  });
  beforeEach(() => {
    tests += 1;
    prefix = `test-${tests}/`;
  });

  const key = (name: string) => bytes(prefix + name);
  const all = () => ({ key: bytes(prefix), range_end: bytes(prefix.slice(0, -1) + '0') }); // '0' follows '/'
  const put = (name: string, value: string, more: object = {}) =>
    client.kv.put({ key: key(name), value: bytes(value), ...more });
  const get = async (name: string, more: object = {}) => (await client.kv.range({ key: key(name), ...more })).kvs[0];
  const revision = async () => Number((await client.kv.range({ key: key('none') })).header.revision);
  const names = (kvs: readonly { key: Buffer }[]) => kvs.map((kv) => kv.key.toString('latin1').slice(prefix.length));

  describe('Put and Range', () => {
    it('count revisions and versions, and start again after a deletion', async () => {
      const before = await revision();
      await put('a', '1');
      const second = await put('a', '2');
      expect(second.header.revision).toBe(String(before + 2));
      expect(await get('a')).toEqual({
        key: key('a'),
        value: bytes('2'),
        create_revision: String(before + 1),
        mod_revision: String(before + 2),
        version: '2',
        lease: '0',
      });
      await client.kv.deleteRange({ key: key('a') });
      await put('a', '3');
      expect(await get('a')).toMatchObject({ create_revision: String(before + 4), version: '1' });
    });

    it('fill every header with the cluster, the member, the revision and the term', async () => {
      const { header } = await put('a', '1');
      const other = await client.kv.range({ key: key('a') });
      expect(other.header).toEqual(header);
      expect(BigInt(header.cluster_id)).toBeGreaterThan(0n);
      expect(BigInt(header.member_id)).toBeGreaterThan(0n);
      expect(Number(header.raft_term)).toBeGreaterThan(0);
    });

    it('keep keys and values as bytes, in byte order', async () => {
      for (const name of ['\xff\xff', '\x80', '\x00', 'a', 'Z']) await put(name, `\xff${name}\x00`);
      const { kvs } = await client.kv.range(all());
      expect(names(kvs)).toEqual(['\x00', 'Z', 'a', '\x80', '\xff\xff']);
      expect(kvs[3]?.value).toEqual(bytes('\xff\x80\x00'));
    });

    it('read a range, a prefix, and everything from a key on', async () => {
      for (const name of ['a', 'b', 'b/1', 'b/2', 'c']) await put(name, name);
      const range = async (from: string, end: Buffer) =>
        names((await client.kv.range({ key: key(from), range_end: end })).kvs);
      expect(await range('a', key('b/1'))).toEqual(['a', 'b']);
      expect(await range('b/', key('b0'))).toEqual(['b/1', 'b/2']);
      expect(await range('c', key('b'))).toEqual([]);
      const rest = await client.kv.range({ key: key('b/2'), range_end: bytes('\0'), limit: 2 });
      expect(names(rest.kvs)).toEqual(['b/2', 'c']);
    });

    it('limit the answer, say that there is more, and count all the same', async () => {
      for (const name of ['a', 'b', 'c']) await put(name, name);
      const cut = await client.kv.range({ ...all(), limit: 2 });
      expect(names(cut.kvs)).toEqual(['a', 'b']);
      expect(cut).toMatchObject({ more: true, count: '3' });
      expect(await client.kv.range({ ...all(), limit: 3 })).toMatchObject({ more: false, count: '3' });
      expect(await client.kv.range({ ...all(), count_only: true })).toMatchObject({ kvs: [], more: false, count: '3' });
      const keysOnly = await client.kv.range({ ...all(), keys_only: true });
      expect(keysOnly.kvs.map((kv) => kv.value.length)).toEqual([0, 0, 0]);
    });

    it('sort by each field, both ways', async () => {
      await put('c', '1');
      await put('a', '3');
      await put('b', '2');
      await put('c', '1');
      const sorted = async (target: string, order: string) =>
        names((await client.kv.range({ ...all(), sort_target: target as never, sort_order: order as never })).kvs).join(
          '',
        );
      expect(await sorted('Key', 'Descend')).toBe('cba');
      expect(await sorted('Version', 'Descend')).toMatch(/^c/);
      expect(await sorted('Create', 'Ascend')).toBe('cab');
      expect(await sorted('Mod', 'Ascend')).toBe('abc');
      expect(await sorted('Mod', 'None')).toBe('abc');
      expect(await sorted('Value', 'Descend')).toBe('abc');
      expect(names((await client.kv.range({ ...all(), sort_order: 'Descend', limit: 1 })).kvs)).toEqual(['c']);
    });

    it('filter by revisions and still count what was filtered', async () => {
      const before = await revision();
      for (const name of ['a', 'b', 'c', 'a']) await put(name, name); // a: created 1, modified 4
      const filtered = async (filter: object) => names((await client.kv.range({ ...all(), ...filter })).kvs).join('');
      expect(await filtered({ min_mod_revision: before + 3 })).toBe('ac');
      expect(await filtered({ max_mod_revision: before + 3 })).toBe('bc');
      expect(await filtered({ min_create_revision: before + 2 })).toBe('bc');
      expect(await filtered({ max_create_revision: before + 2 })).toBe('ab');
      const result = await client.kv.range({ ...all(), max_mod_revision: before + 3, limit: 1 });
      expect(result).toMatchObject({ more: true, count: '3' });
    });

    it('read the past, and refuse the future', async () => {
      const first = Number((await put('a', '1')).header.revision);
      await put('a', '2');
      await put('b', '1');
      await client.kv.deleteRange({ key: key('a') });
      expect((await get('a', { revision: first }))?.value).toEqual(bytes('1'));
      const past = await client.kv.range({ ...all(), revision: first + 2 });
      expect(names(past.kvs)).toEqual(['a', 'b']);
      expect(past.header.revision).toBe(String(first + 3));
      expect(await get('a')).toBeUndefined();
      await expect(client.kv.range({ key: key('a'), revision: first + 100 })).rejects.toThrow(
        'OUT_OF_RANGE: etcdserver: mvcc: required revision is a future revision',
      );
    });

    it('return what was there before', async () => {
      expect((await put('a', '1', { prev_kv: true })).prev_kv).toBeNull();
      expect((await put('a', '2', { prev_kv: true })).prev_kv).toMatchObject({ value: bytes('1'), version: '1' });
    });

    it('keep the value or the lease on demand', async () => {
      const { ID: lease } = await client.leaseClient.leaseGrant({ TTL: 60 });
      await put('a', '1', { lease });
      await client.kv.put({ key: key('a'), lease, ignore_value: true });
      expect(await get('a')).toMatchObject({ value: bytes('1'), version: '2', lease });
      await put('a', '3', { ignore_lease: true });
      expect(await get('a')).toMatchObject({ value: bytes('3'), version: '3', lease });
      await expect(put('a', '1', { ignore_value: true })).rejects.toThrow('etcdserver: value is provided');
      await expect(put('a', '1', { lease, ignore_lease: true })).rejects.toThrow('etcdserver: lease is provided');
      await expect(put('none', '1', { ignore_lease: true })).rejects.toThrow('etcdserver: key not found');
      await client.leaseClient.leaseRevoke({ ID: lease });
    });

    it('refuse an empty key and an unknown lease', async () => {
      const empty = 'INVALID_ARGUMENT: etcdserver: key is not provided';
      await expect(client.kv.put({ key: bytes(''), value: bytes('1') })).rejects.toThrow(empty);
      await expect(client.kv.range({ key: bytes('') })).rejects.toThrow(empty);
      await expect(client.kv.deleteRange({ key: bytes('') })).rejects.toThrow(empty);
      await expect(put('a', '1', { lease: '12345' })).rejects.toThrow('etcdserver: requested lease not found');
      expect(await get('a')).toBeUndefined();
    });
  });

  describe('DeleteRange', () => {
    it('deletes a range in one revision and returns what was there', async () => {
      for (const name of ['a', 'b', 'c']) await put(name, name);
      const before = await revision();
      const result = await client.kv.deleteRange({ ...all(), prev_kv: true });
      expect(result).toMatchObject({ deleted: '3', header: { revision: String(before + 1) } });
      expect(names(result.prev_kvs)).toEqual(['a', 'b', 'c']);
    });

    it('makes no revision when nothing is there', async () => {
      const before = await revision();
      expect(await client.kv.deleteRange(all())).toMatchObject({
        deleted: '0',
        header: { revision: String(before) },
      });
    });
  });

  describe('Txn', () => {
    const putOp = (name: string, value: string, more: object = {}): IRequestOp => ({
      request_put: { key: key(name), value: bytes(value), ...more },
    });
    const rangeOp = (name: string, more: object = {}): IRequestOp => ({ request_range: { key: key(name), ...more } });
    const deleteOp = (name: string, more: object = {}): IRequestOp => ({
      request_delete_range: { key: key(name), ...more },
    });
    const succeeds = async (compare: object) =>
      (await client.kv.txn({ ...NOTHING, compare: [{ key: key('a'), ...compare } as ICompare] })).succeeded;

    it('compares every field in every way', async () => {
      const { ID: lease } = await client.leaseClient.leaseGrant({ TTL: 60 });
      const created = Number((await put('a', 'm')).header.revision);
      await put('a', 'm', { lease });
      const fields: [string, object, object, object][] = [
        ['Version', { version: 1 }, { version: 2 }, { version: 3 }],
        ['Create', { create_revision: created - 1 }, { create_revision: created }, { create_revision: created + 1 }],
        ['Mod', { mod_revision: created }, { mod_revision: created + 1 }, { mod_revision: created + 2 }],
        ['Value', { value: bytes('l') }, { value: bytes('m') }, { value: bytes('ma') }],
        ['Lease', { lease: '1' }, { lease }, { lease: '9223372036854775807' }],
      ];
      for (const [target, below, same, above] of fields) {
        const row = async (result: string) =>
          Promise.all([below, same, above].map((operand) => succeeds({ target, result, ...operand })));
        expect([target, await row('Equal')]).toEqual([target, [false, true, false]]);
        expect([target, await row('NotEqual')]).toEqual([target, [true, false, true]]);
        expect([target, await row('Greater')]).toEqual([target, [true, false, false]]);
        expect([target, await row('Less')]).toEqual([target, [false, false, true]]);
      }
      await client.leaseClient.leaseRevoke({ ID: lease });
    });

    it('takes a missing key for version 0, and fails every compare of its value', async () => {
      expect(await succeeds({ target: 'Version', result: 'Equal', version: 0 })).toBe(true);
      expect(await succeeds({ target: 'Create', result: 'Less', create_revision: 1 })).toBe(true);
      expect(await succeeds({ target: 'Value', result: 'NotEqual', value: bytes('x') })).toBe(false);
      expect(await succeeds({ target: 'Value', result: 'Equal', value: bytes('') })).toBe(false);
    });

    it('holds a compare of a range against every key in it', async () => {
      await put('a', '1');
      await put('b', '1');
      const range = { range_end: key('z'), target: 'Value', result: 'Equal', value: bytes('1') };
      expect(await succeeds(range)).toBe(true);
      await put('b', '2');
      expect(await succeeds(range)).toBe(false);
    });

    it('writes all in one revision, and reads inside it what it wrote', async () => {
      await put('gone', '1');
      const before = await revision();
      const result = await client.kv.txn({
        ...NOTHING,
        success: [rangeOp('a'), putOp('a', '1'), rangeOp('a'), deleteOp('gone', { prev_kv: true }), putOp('b', '1')],
      });
      expect(result).toMatchObject({ succeeded: true, header: { revision: String(before + 1) } });
      const [absent, written, present, deleted] = result.responses;
      expect(absent?.response_range).toMatchObject({ kvs: [], header: { revision: String(before) } });
      expect(written?.response_put).toMatchObject({ header: { revision: String(before + 1) } });
      expect(present?.response_range?.kvs[0]).toMatchObject({ value: bytes('1'), mod_revision: String(before + 1) });
      expect(deleted?.response_delete_range).toMatchObject({ deleted: '1' });
      expect(names(deleted?.response_delete_range?.prev_kvs ?? [])).toEqual(['gone']);
      const { kvs } = await client.kv.range(all());
      expect(kvs.map((kv) => kv.mod_revision)).toEqual([String(before + 1), String(before + 1)]);
    });

    it('runs the other list when a compare fails, and makes no revision by reading', async () => {
      await put('a', '1');
      const before = await revision();
      const result = await client.kv.txn({
        compare: [{ key: key('a'), target: 'Version', result: 'Equal', version: 9 }],
        success: [putOp('a', '2')],
        failure: [rangeOp('a')],
      });
      expect(result).toMatchObject({ succeeded: false, header: { revision: String(before) } });
      expect(result.responses[0]?.response_range?.kvs[0]?.value).toEqual(bytes('1'));
    });

    it('nests, and decides nested compares on the state before it all', async () => {
      const nested = {
        compare: [{ key: key('a'), target: 'Version' as const, result: 'Equal' as const, version: 0 }],
        success: [putOp('nested', 'absent')],
        failure: [putOp('nested', 'present')],
      };
      const result = await client.kv.txn({ ...NOTHING, success: [putOp('a', '1'), { request_txn: nested }] });
      expect(result.responses[1]?.response_txn?.succeeded).toBe(true);
      expect((await get('nested'))?.value).toEqual(bytes('absent'));
    });

    it('refuses to write a key twice', async () => {
      const refusal = 'INVALID_ARGUMENT: etcdserver: duplicate key given in txn request';
      const txn = (...success: IRequestOp[]) => client.kv.txn({ ...NOTHING, success });
      const inner = (success: IRequestOp[], failure: IRequestOp[] = []): IRequestOp => ({
        request_txn: { compare: [], success, failure },
      });
      await expect(txn(putOp('a', '1'), putOp('a', '2'))).rejects.toThrow(refusal);
      await expect(txn(putOp('b', '1'), deleteOp('a', { range_end: key('c') }))).rejects.toThrow(refusal);
      await expect(txn(putOp('a', '1'), inner([putOp('a', '2')]))).rejects.toThrow(refusal);
      await expect(txn(inner([putOp('a', '2')]), inner([], [putOp('a', '1')]))).rejects.toThrow(refusal);
      await txn(inner([putOp('a', '1')], [putOp('a', '2')])); // only one of the two can run
      await txn(deleteOp('a'), deleteOp('a'));
    });

    it('refuses too many operations, an empty one, and an empty key', async () => {
      const many = (count: number) => Array.from({ length: count }, (_, index) => putOp(`many-${index}`, '1'));
      await expect(client.kv.txn({ ...NOTHING, success: many(129) })).rejects.toThrow(
        'INVALID_ARGUMENT: etcdserver: too many operations in txn request',
      );
      await client.kv.txn({ ...NOTHING, success: many(128) });
      await expect(client.kv.txn({ ...NOTHING, success: [{}] })).rejects.toThrow('etcdserver: key not found');
      await expect(client.kv.txn({ ...NOTHING, compare: [{ key: bytes('') }] })).rejects.toThrow(
        'etcdserver: key is not provided',
      );
    });

    it('does all or nothing', async () => {
      const before = await revision();
      await expect(
        client.kv.txn({ ...NOTHING, success: [putOp('a', '1'), putOp('b', '1', { lease: '12345' })] }),
      ).rejects.toThrow('NOT_FOUND: etcdserver: requested lease not found');
      await expect(
        client.kv.txn({ ...NOTHING, success: [putOp('a', '1'), rangeOp('b', { revision: before + 50 })] }),
      ).rejects.toThrow('future revision');
      expect(await get('a')).toBeUndefined();
      expect(await revision()).toBe(before);
    });
  });

  describe('Compact', () => {
    it('forgets what was superseded, and keeps what is readable at the revision', async () => {
      await put('a', '1');
      const compacted = Number((await put('a', '2')).header.revision);
      await put('b', '1');
      await client.kv.deleteRange({ key: key('b') });
      await put('a', '3');
      await client.kv.compact({ revision: compacted });
      expect((await get('a', { revision: compacted }))?.value).toEqual(bytes('2'));
      const refusal = 'OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted';
      await expect(get('a', { revision: compacted - 1 })).rejects.toThrow(refusal);
      await expect(client.kv.compact({ revision: compacted })).rejects.toThrow(refusal);
      await client.kv.compact({ revision: await revision() });
      expect(names((await client.kv.range(all())).kvs)).toEqual(['a']);
      await expect(client.kv.compact({ revision: (await revision()) + 1 })).rejects.toThrow('future revision');
    });
  });

  describe('Lease', () => {
    const attach = (name: string, lease: string) => put(name, '1', { lease });

    it('grants at least two seconds, an id of its own or the one asked for, and no id twice', async () => {
      const { ID, TTL } = await client.leaseClient.leaseGrant({ TTL: 1 });
      expect(TTL).toBe('2');
      expect(BigInt(ID)).toBeGreaterThan(0n);
      const exact = await client.leaseClient.leaseGrant({ TTL: 60, ID: '9007199254740993' });
      expect(exact).toMatchObject({ ID: '9007199254740993', TTL: '60' });
      await expect(client.leaseClient.leaseGrant({ TTL: 60, ID: exact.ID })).rejects.toThrow(
        'FAILED_PRECONDITION: etcdserver: lease already exists',
      );
      await expect(client.leaseClient.leaseGrant({ TTL: 9_000_000_001 })).rejects.toThrow(
        'OUT_OF_RANGE: etcdserver: too large lease TTL',
      );
      await client.leaseClient.leaseRevoke({ ID: exact.ID });
    });

    it('takes all its keys with it in one revision when it is revoked', async () => {
      const { ID } = await client.leaseClient.leaseGrant({ TTL: 60 });
      await attach('a', ID);
      await attach('b', ID);
      await put('c', 'free');
      const before = await revision();
      const { header } = await client.leaseClient.leaseRevoke({ ID });
      expect(header.revision).toBe(String(before + 1));
      expect(names((await client.kv.range(all())).kvs)).toEqual(['c']);
      await expect(client.leaseClient.leaseRevoke({ ID })).rejects.toThrow(
        'NOT_FOUND: etcdserver: requested lease not found',
      );
    });

    it('lets go of a key that is written without it or with another', async () => {
      const first = (await client.leaseClient.leaseGrant({ TTL: 60 })).ID;
      const second = (await client.leaseClient.leaseGrant({ TTL: 60 })).ID;
      await attach('freed', first);
      await attach('moved', first);
      await put('freed', '2');
      await attach('moved', second);
      await client.leaseClient.leaseRevoke({ ID: first });
      expect(names((await client.kv.range(all())).kvs)).toEqual(['freed', 'moved']);
      await client.leaseClient.leaseRevoke({ ID: second });
      expect(names((await client.kv.range(all())).kvs)).toEqual(['freed']);
    });

    it('tells its time and its keys', async () => {
      const { ID } = await client.leaseClient.leaseGrant({ TTL: 60 });
      await attach('b', ID);
      await attach('a', ID);
      const view = await client.leaseClient.leaseTimeToLive({ ID, keys: true });
      expect(view).toMatchObject({ ID, grantedTTL: '60' });
      expect(Number(view.TTL)).toBeGreaterThan(50);
      expect(Number(view.TTL)).toBeLessThan(60);
      expect(view.keys.map(String).sort()).toEqual([`${prefix}a`, `${prefix}b`]);
      expect((await client.leaseClient.leaseTimeToLive({ ID })).keys).toEqual([]);
      const { leases } = await client.leaseClient.leaseLeases();
      expect(leases.map((lease) => lease.ID)).toContain(ID);
      await client.leaseClient.leaseRevoke({ ID });
      expect(await client.leaseClient.leaseTimeToLive({ ID })).toMatchObject({ ID, TTL: '-1', grantedTTL: '0' });
    });

    it('ends with its keys when nobody keeps it alive', async () => {
      const { ID } = await client.leaseClient.leaseGrant({ TTL: 2 });
      await attach('a', ID);
      await eventually(async () => expect(await get('a')).toBeUndefined(), { timeoutMs: 8_000 });
      expect(await client.leaseClient.leaseTimeToLive({ ID })).toMatchObject({ TTL: '-1' });
    });

    it('lives on as long as it is kept alive, and answers 0 when it is gone', async () => {
      const { ID } = await client.leaseClient.leaseGrant({ TTL: 60 });
      const stream = await client.leaseClient.leaseKeepAlive();
      const answers: object[] = [];
      stream.on('data', (answer) => answers.push({ ID: answer.ID, TTL: answer.TTL }));
      stream.write({ ID });
      await eventually(() => expect(answers).toEqual([{ ID, TTL: '60' }]));
      await client.leaseClient.leaseRevoke({ ID });
      stream.write({ ID });
      await eventually(() => expect(answers[1]).toEqual({ ID, TTL: '0' }));
      stream.end();
    });
  });

  describe('Watch', () => {
    let watch: RawWatch;
    beforeEach(async () => {
      watch = await openRawWatch(client);
    });
    const close = () => watch.close();
    const told = (response: { events: { type: string; kv: { key: Buffer; value: Buffer } }[] }) =>
      response.events.map((event) => `${event.type} ${names([event.kv])[0]}=${event.kv.value.toString('latin1')}`);
    const next = () => watch.take((response) => response.events.length > 0);

    it('tells changes from now on, with the revision in the header', async () => {
      await put('a', 'before');
      const created = await watch.create(all());
      expect(created).toMatchObject({ created: true, canceled: false, watch_id: '0', events: [] });
      expect(created.header.revision).toBe(String(await revision()));
      const { header } = await put('a', '1');
      const response = await next();
      expect(told(response)).toEqual(['Put a=1']);
      expect(response.header.revision).toBe(header.revision);
      expect(response.events[0]).toMatchObject({ kv: { version: '2', mod_revision: header.revision }, prev_kv: null });
      await client.kv.deleteRange({ key: key('a') });
      const deletion = await next();
      expect(told(deletion)).toEqual(['Delete a=']);
      expect(deletion.events[0]?.kv).toMatchObject({ create_revision: '0', version: '0', lease: '0' });
      expect(deletion.events[0]?.kv.mod_revision).toBe(deletion.header.revision);
      await close();
    });

    it('tells one revision in one response, in the order it was done', async () => {
      await watch.create(all());
      const success = ['c', 'a', 'b'].map((name) => ({ request_put: { key: key(name), value: bytes('1') } }));
      await client.kv.txn({ ...NOTHING, success });
      expect(told(await next())).toEqual(['Put c=1', 'Put a=1', 'Put b=1']);
      await close();
    });

    it('tells the history from a revision on, and then goes on', async () => {
      const first = Number((await put('a', '1')).header.revision);
      await put('b', '1');
      await client.kv.deleteRange({ key: key('a') });
      await watch.create({ ...all(), start_revision: first + 1 });
      await put('c', '1');
      await eventually(() => expect(watch.responses.flatMap(told)).toEqual(['Put b=1', 'Delete a=', 'Put c=1']));
      await close();
    });

    it('waits for a revision that is yet to come', async () => {
      const before = await revision();
      await watch.create({ ...all(), start_revision: before + 2 });
      await put('a', 'too early');
      await put('a', 'in time');
      expect(told(await next())).toEqual(['Put a=in time']);
      await close();
    });

    it('tells what was before, on demand', async () => {
      await put('a', '1');
      await watch.create({ ...all(), prev_kv: true });
      await put('a', '2');
      expect((await next()).events[0]?.prev_kv).toMatchObject({ value: bytes('1'), version: '1' });
      await client.kv.deleteRange({ key: key('a') });
      expect((await next()).events[0]?.prev_kv).toMatchObject({ value: bytes('2'), version: '2' });
      await put('a', '3');
      expect((await next()).events[0]?.prev_kv).toBeNull();
      await close();
    });

    it('leaves out what the client filters', async () => {
      await watch.create({ ...all(), filters: ['Noput'] });
      await watch.create({ ...all(), filters: ['Nodelete'] });
      await put('a', '1');
      await client.kv.deleteRange({ key: key('a') });
      await eventually(() => {
        const byWatcher = (id: string) => watch.responses.filter((r) => r.watch_id === id).flatMap(told);
        expect(byWatcher('0')).toEqual(['Delete a=']);
        expect(byWatcher('1')).toEqual(['Put a=1']);
      });
      await close();
    });

    it('watches one key, a range, and everything from a key on', async () => {
      await watch.create({ key: key('b') });
      await watch.create({ key: key('a'), range_end: key('b') });
      await watch.create({ key: key('b'), range_end: bytes('\0') });
      for (const name of ['a', 'b', 'b1']) await put(name, '1');
      await eventually(() => {
        const byWatcher = (id: string) => watch.responses.filter((r) => r.watch_id === id).flatMap(told);
        expect(['0', '1', '2'].map(byWatcher)).toEqual([['Put b=1'], ['Put a=1'], ['Put b=1', 'Put b1=1']]);
      });
      await close();
    });

    it('ends one watcher and leaves the others', async () => {
      await watch.create(all());
      await watch.create(all());
      watch.send({ cancel_request: { watch_id: '0' } });
      const canceled = await watch.take((response) => response.canceled);
      expect(canceled).toMatchObject({ watch_id: '0', created: false, compact_revision: '0' });
      await put('a', '1');
      expect((await next()).watch_id).toBe('1');
      await put('b', '1');
      expect((await next()).watch_id).toBe('1');
      await close();
    });

    it('takes the id that the client wants, once, and refuses an empty range', async () => {
      expect(await watch.create({ ...all(), watch_id: '7' })).toMatchObject({ watch_id: '7', canceled: false });
      expect(await watch.create({ ...all(), watch_id: '7' })).toMatchObject({
        watch_id: '-1',
        canceled: true,
        cancel_reason: 'mvcc: duplicate watch ID provided on the WatchStream',
      });
      expect(await watch.create({ key: key('b'), range_end: key('a') })).toMatchObject({
        watch_id: '-1',
        canceled: true,
        cancel_reason: 'mvcc: watcher range is empty',
      });
      await close();
    });

    it('ends a watcher whose start was compacted, and names the oldest revision', async () => {
      const first = Number((await put('a', '1')).header.revision);
      for (const value of ['2', '3', '4']) await put('a', value);
      await client.kv.compact({ revision: first + 2 });
      expect(await watch.create({ ...all(), start_revision: first })).toMatchObject({ canceled: false });
      const canceled = await watch.take((response) => response.canceled);
      expect(canceled).toMatchObject({ created: false, compact_revision: String(first + 2), events: [] });
      expect(canceled.header.revision).toBe('0');
      await watch.create({ ...all(), start_revision: first + 2, prev_kv: true });
      await eventually(() => expect(watch.responses.flatMap(told)).toEqual(['Put a=3', 'Put a=4']));
      const events = watch.responses.flatMap((response) => response.events);
      expect(events.map((event) => event.prev_kv?.value.toString())).toEqual([undefined, '3']);
      await close();
    });

    it('tells how far it is when it is asked', async () => {
      await watch.create(all());
      const { header } = await client.kv.put({ key: bytes('elsewhere'), value: bytes('1') });
      await eventually(async () => {
        watch.send({ progress_request: {} });
        const progress = await watch.take((response) => !response.created);
        expect(progress).toMatchObject({ watch_id: '-1', events: [] });
        expect(Number(progress.header.revision)).toBeGreaterThanOrEqual(Number(header.revision));
      });
      await close();
    });
  });

  describe('the etcd3 client', () => {
    it('watches a prefix', async () => {
      const watcher = await client.watch().prefix(prefix).create();
      const seen: string[] = [];
      watcher.on('put', (kv) => seen.push(`put ${kv.value.toString()}`));
      watcher.on('delete', () => seen.push('delete'));
      await client.put(`${prefix}a`).value('1');
      await client.delete().key(`${prefix}a`);
      await eventually(() => expect(seen).toEqual(['put 1', 'delete']));
      await watcher.cancel();
    });

    it('holds a lease, and drops it', async () => {
      const lease = client.lease(2);
      await lease.put(`${prefix}a`).value('1');
      await lease.keepaliveOnce();
      expect(await client.get(`${prefix}a`).string()).toBe('1');
      await lease.revoke();
      expect(await client.get(`${prefix}a`).string()).toBeNull();
    });

    it('locks', async () => {
      const lock = client.lock(`${prefix}lock`);
      await lock.acquire();
      await expect(client.lock(`${prefix}lock`).acquire()).rejects.toThrow('Failed to acquire a lock');
      await lock.release();
      await client.lock(`${prefix}lock`).do(async () => undefined);
    });

    it('gives one racer the victory', async () => {
      const race = (racer: number) =>
        client
          .if(`${prefix}winner`, 'Version', '==', 0)
          .then(client.put(`${prefix}winner`).value(String(racer)))
          .commit();
      const results = await Promise.all(Array.from({ length: 20 }, (_, racer) => race(racer)));
      expect(results.filter((result) => result.succeeded)).toHaveLength(1);
    });
  });

  describe('Cluster and Maintenance', () => {
    it('list one member, which leads, without an alarm', async () => {
      const { header, members } = await client.cluster.memberList({});
      expect(members).toHaveLength(1);
      expect(members[0]).toMatchObject({ ID: header.member_id, clientURLs: [`http://${server.endpoint}`] });
      const status = await client.maintenance.status();
      expect(status).toMatchObject({ leader: header.member_id, version: expect.stringMatching(/^3\.\d+\.\d+/) });
      expect((await client.maintenance.alarm({})).alarms).toEqual([]);
    });
  });
}
