import { Buffer } from 'node:buffer';

import { describe, expect, it } from '@jest/globals';
import { Ignore } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

import { UnsupportedRuleError, createValidator } from '../../../../src/chassis/validation/index.ts';
import { madeUpMessage, type MadeUpField } from './made-up-contract.ts';

const NOW = Date.parse('2026-01-02T00:00:00Z');
const validator = () => createValidator({ clock: { now: () => NOW } });
const seconds = (n: number) => ({ seconds: BigInt(n), nanos: 0 });
const DURATION = '.google.protobuf.Duration';
const TIMESTAMP = '.google.protobuf.Timestamp';
const MASK = '.google.protobuf.FieldMask';

type Rules = NonNullable<MadeUpField['rules']>['type'];

const string = (value: Extract<Rules, { case: 'string' }>['value']): Rules => ({ case: 'string', value });
const format = (name: string): Rules =>
  ({ case: 'string', value: { wellKnown: { case: name, value: true } } }) as Rules;
const int32 = (value: Extract<Rules, { case: 'int32' }>['value']): Rules => ({ case: 'int32', value });

/** [rule, field type, rules, values that obey, values that do not] */
const TABLE: readonly (readonly [string, MadeUpField['type'], Rules, readonly unknown[], readonly unknown[]])[] = [
  ['string.const', 'string', string({ const: 'a' }), ['a'], ['', 'b']],
  ['string.len', 'string', string({ len: 2n }), ['ab', '😀😀'], ['a', 'abc', '😀']],
  ['string.min_len', 'string', string({ minLen: 2n }), ['ab', '😀😀'], ['', 'a', '😀']],
  ['string.max_len', 'string', string({ maxLen: 2n }), ['', 'ab', '😀😀'], ['abc', '😀😀😀']],
  ['string.len_bytes', 'string', string({ lenBytes: 4n }), ['abcd', '😀'], ['abc']],
  ['string.min_bytes', 'string', string({ minBytes: 3n }), ['€', 'abc'], ['ab']],
  ['string.max_bytes', 'string', string({ maxBytes: 3n }), ['€', ''], ['€a']],
  ['string.pattern', 'string', string({ pattern: '^[A-Z]{2}$' }), ['DE'], ['de', 'DEU', '']],
  ['string.prefix', 'string', string({ prefix: 'ab' }), ['abc'], ['cab']],
  ['string.suffix', 'string', string({ suffix: 'ab' }), ['cab'], ['abc']],
  ['string.contains', 'string', string({ contains: 'b' }), ['abc'], ['ac']],
  ['string.not_contains', 'string', string({ notContains: 'b' }), ['ac'], ['abc']],
  ['string.in', 'string', string({ in: ['a', 'b'] }), ['a', 'b'], ['c', '']],
  ['string.not_in', 'string', string({ notIn: ['a'] }), ['c', ''], ['a']],
  ['string.email', 'string', format('email'), ['a@b.c', "o'neil+x@mail.example"], ['', 'a', 'a@', '@b', 'a b@c.d', 'a@b..c']],
  ['string.hostname', 'string', format('hostname'), ['a', 'a-b.example.com', 'a.'], ['', '-a', 'a..b', '1.2.3.4', 'a_b']],
  ['string.ip', 'string', format('ip'), ['1.2.3.4', '::1'], ['', '1.2.3', 'a']],
  ['string.ipv4', 'string', format('ipv4'), ['1.2.3.4'], ['::1', '256.1.1.1']],
  ['string.ipv6', 'string', format('ipv6'), ['::1', '2001:db8::a'], ['1.2.3.4', ':::']],
  ['string.uri', 'string', format('uri'), ['https://a.b/c?d=e#f', 'urn:x:y'], ['', '/a', 'https://a b', 'http://%zz']],
  ['string.uri_ref', 'string', format('uriRef'), ['/a?b', 'https://a', './c'], ['a b', '%z']],
  ['string.address', 'string', format('address'), ['a.b', '1.2.3.4', '::1'], ['', 'a b']],
  ['string.uuid', 'string', format('uuid'), ['018f6f3e-7a3c-7cc1-8000-00000000000A'], ['', '018f6f3e7a3c7cc18000000000000000']],
  ['string.tuuid', 'string', format('tuuid'), ['018f6f3e7a3c7cc18000000000000000'], ['018f6f3e-7a3c-7cc1-8000-000000000000']],
  ['string.ulid', 'string', format('ulid'), ['01ARZ3NDEKTSV4RRFFQ69G5FAV'], ['81ARZ3NDEKTSV4RRFFQ69G5FAV', 'x']],
  ['string.host_and_port', 'string', format('hostAndPort'), ['a.b:80', '[::1]:0', '1.2.3.4:65535'], ['a.b', 'a:65536', '::1:80', 'a:']],
  ['int32.const', 'int32', int32({ const: 3 }), [3], [0]],
  ['int32.lt', 'int32', int32({ lessThan: { case: 'lt', value: 3 } }), [2, -9], [3]],
  ['int32.lte', 'int32', int32({ lessThan: { case: 'lte', value: 3 } }), [3], [4]],
  ['int32.gt', 'int32', int32({ greaterThan: { case: 'gt', value: 3 } }), [4], [3, 0]],
  ['int32.gte', 'int32', int32({ greaterThan: { case: 'gte', value: 3 } }), [3], [2]],
  ['int32.in', 'int32', int32({ in: [1, 2] }), [1], [0]],
  ['int32.not_in', 'int32', int32({ notIn: [1] }), [0], [1]],
  ['int64.gte', 'int64', { case: 'int64', value: { greaterThan: { case: 'gte', value: 9007199254740993n } } }, [9007199254740993n], [9007199254740992n]],
  ['double.finite', 'double', { case: 'double', value: { finite: true } }, [1.5, 0], [Infinity, NaN]],
  ['double.lt', 'double', { case: 'double', value: { lessThan: { case: 'lt', value: 1 } } }, [0.5], [1, NaN]],
  ['bool.const', 'bool', { case: 'bool', value: { const: true } }, [true], [false]],
  ['bytes.len', 'bytes', { case: 'bytes', value: { len: 2n } }, [Buffer.from('ab')], [Buffer.from('a')]],
  ['bytes.min_len', 'bytes', { case: 'bytes', value: { minLen: 2n } }, [Buffer.from('ab')], [Buffer.alloc(0)]],
  ['bytes.max_len', 'bytes', { case: 'bytes', value: { maxLen: 2n } }, [Buffer.alloc(0)], [Buffer.from('abc')]],
  ['bytes.prefix', 'bytes', { case: 'bytes', value: { prefix: Buffer.from('a') } }, [Buffer.from('ab')], [Buffer.from('ba')]],
  ['enum.const', 'enum', { case: 'enum', value: { const: 1 } }, [1], [0, 2]],
  ['enum.defined_only', 'enum', { case: 'enum', value: { definedOnly: true } }, [0, 1, 2], [3, -1]],
  ['enum.in', 'enum', { case: 'enum', value: { in: [1] } }, [1], [0]],
  ['enum.not_in', 'enum', { case: 'enum', value: { notIn: [0] } }, [1], [0]],
  ['duration.const', DURATION, { case: 'duration', value: { const: seconds(1) } }, [seconds(1)], [seconds(2)]],
  ['duration.lt', DURATION, { case: 'duration', value: { lessThan: { case: 'lt', value: seconds(5) } } }, [{ seconds: 4n, nanos: 999 }], [seconds(5)]],
  ['duration.lte', DURATION, { case: 'duration', value: { lessThan: { case: 'lte', value: seconds(5) } } }, [seconds(5)], [{ seconds: 5n, nanos: 1 }]],
  ['duration.gt', DURATION, { case: 'duration', value: { greaterThan: { case: 'gt', value: seconds(0) } } }, [{ seconds: 0n, nanos: 1 }], [seconds(0)]],
  ['duration.gte', DURATION, { case: 'duration', value: { greaterThan: { case: 'gte', value: seconds(0) } } }, [seconds(0)], [seconds(-1)]],
  ['timestamp.lt_now', TIMESTAMP, { case: 'timestamp', value: { lessThan: { case: 'ltNow', value: true } } }, [new Date(NOW - 1)], [new Date(NOW)]],
  ['timestamp.gt_now', TIMESTAMP, { case: 'timestamp', value: { greaterThan: { case: 'gtNow', value: true } } }, [new Date(NOW + 1)], [new Date(NOW)]],
  ['timestamp.within', TIMESTAMP, { case: 'timestamp', value: { within: seconds(60) } }, [new Date(NOW + 60_000)], [new Date(NOW - 60_001)]],
  ['timestamp.gte', TIMESTAMP, { case: 'timestamp', value: { greaterThan: { case: 'gte', value: seconds(100) } } }, [new Date(100_000)], [new Date(99_999)]],
  ['timestamp.lt', TIMESTAMP, { case: 'timestamp', value: { lessThan: { case: 'lt', value: seconds(100) } } }, [new Date(99_999)], [new Date(100_000)]],
  ['field_mask.in', MASK, { case: 'fieldMask', value: { in: ['name', 'address'] } }, [['name', 'address.city'], []], [['names'], ['id']]],
  ['field_mask.not_in', MASK, { case: 'fieldMask', value: { notIn: ['id'] } }, [['name'], ['idx']], [['id'], ['id.x']]],
]; // prettier-ignore

describe('createValidator', () => {
  it.each(TABLE)('%s', (id, type, rules, good, bad) => {
    const validate = validator().of(madeUpMessage({ some_field: { type, rules: { type: rules } as never } }));

    for (const value of good) expect([value, validate?.({ someField: value })]).toEqual([value, []]);
    for (const value of bad) {
      expect([value, validate?.({ someField: value })]).toEqual([
        value,
        [{ field: 'some_field', reason: id, description: expect.stringMatching(/^must /) }],
      ]);
    }
  });

  it('passes over fields that are absent and have presence, and holds those that cannot be absent', () => {
    const rules = { type: string({ minLen: 2n }) } as never;
    const optional = validator().of(madeUpMessage({ a: { type: 'string', optional: true, rules } }));
    const implicit = validator().of(madeUpMessage({ a: { type: 'string', rules } }));

    expect(optional?.({ a: undefined })).toEqual([]);
    expect(optional?.({ a: '' })).toHaveLength(1);
    expect(implicit?.({ a: '' })).toHaveLength(1);
  });

  it('wants what is required: a message, an optional field set, a scalar that is not zero, a list with items', () => {
    const validate = validator().of(
      madeUpMessage({
        when: { type: TIMESTAMP, rules: { required: true } },
        note: { type: 'string', optional: true, rules: { required: true } },
        size: { type: 'int64', rules: { required: true } },
        lines: { type: 'string', repeated: true, rules: { required: true } },
      }),
    );

    const missing = validate?.({ when: undefined, note: undefined, size: 0n, lines: [] });

    expect(missing?.map(({ field, reason }) => [field, reason])).toEqual([
      ['when', 'required'],
      ['note', 'required'],
      ['size', 'required'],
      ['lines', 'required'],
    ]);
    expect(validate?.({ when: new Date(), note: '', size: 1n, lines: ['a'] })).toEqual([]);
  });

  it('ignores the zero value, or everything, where the contract says so', () => {
    const type = string({ minLen: 2n });
    const validate = validator().of(
      madeUpMessage({
        a: { type: 'string', rules: { type, ignore: Ignore.IF_ZERO_VALUE } as never },
        b: { type: 'string', rules: { type, ignore: Ignore.ALWAYS } as never },
      }),
    );

    expect(validate?.({ a: '', b: 'x' })).toEqual([]);
    expect(validate?.({ a: 'x', b: 'x' })).toHaveLength(1);
  });

  it('looks at lists and at each item, and names the item', () => {
    const type = {
      case: 'repeated',
      value: { minItems: 1n, maxItems: 3n, unique: true, items: { type: string({ minLen: 1n }) } },
    };
    const validate = validator().of(
      madeUpMessage({ tags: { type: 'string', repeated: true, rules: { type } as never } }),
    );

    expect(validate?.({ tags: ['a', 'b'] })).toEqual([]);
    expect(validate?.({ tags: [] })?.map((v) => v.reason)).toEqual(['repeated.min_items']);
    expect(validate?.({ tags: ['a', 'b', 'c', 'd'] })?.map((v) => v.reason)).toEqual(['repeated.max_items']);
    expect(validate?.({ tags: ['a', 'a'] })?.map((v) => v.reason)).toEqual(['repeated.unique']);
    expect(validate?.({ tags: ['a', ''] })).toEqual([
      { field: 'tags[1]', reason: 'string.min_len', description: 'must not be empty' },
    ]);
  });

  it('looks at the member of a oneof that is set, and wants one where one is required', () => {
    const fields = {
      by_card: { type: 'string', oneof: 'method', rules: { type: string({ minLen: 2n }) } as never },
      by_cash: { type: 'bool', oneof: 'method' },
    } as const;
    const validate = validator().of(madeUpMessage(fields, ['method']));

    expect(validate?.({ method: undefined })).toEqual([
      { field: 'method', reason: 'required', description: 'is required' },
    ]);
    expect(validate?.({ method: { $case: 'byCash', value: false } })).toEqual([]);
    expect(validate?.({ method: { $case: 'byCard', value: '' } })?.map((v) => v.field)).toEqual(['by_card']);
  });

  it('checks a message that holds itself to any depth', () => {
    const validate = validator().of(
      madeUpMessage({
        name: { type: 'string', rules: { type: string({ minLen: 1n }) } as never },
        children: { type: '.test.Message', repeated: true },
      }),
    );
    const leaf = { name: '', children: [] };

    const found = validate?.({ name: 'a', children: [{ name: 'b', children: [leaf] }] });

    expect(found?.map((v) => v.field)).toEqual(['children[0].children[0].name']);
  });

  it('finds nothing to check in a message without rules', () => {
    expect(validator().of(madeUpMessage({ a: { type: 'int32' } }))).toBeUndefined();
  });

  it('refuses U+0000 in every string, whether or not it has rules', () => {
    const validate = validator().of(madeUpMessage({ a: { type: 'string' }, b: { type: 'string', repeated: true } }));

    expect(validate?.({ a: 'x\0', b: ['y', '\0'] }).map((v) => [v.field, v.reason])).toEqual([
      ['a', 'string.no_nul'],
      ['b[1]', 'string.no_nul'],
    ]);
  });

  it.each<[string, MadeUpField]>([
    ['string.ip_prefix', { type: 'string', rules: { type: format('ipPrefix') } as never }],
    ['cel', { type: 'string', rules: { cel: [{ id: 'x', expression: 'true' }] } }],
    ['bytes.pattern', { type: 'bytes', rules: { type: { case: 'bytes', value: { pattern: 'a' } } } }],
  ])('refuses at start a rule it does not know: %s', (rule, field) => {
    const compile = () => validator().of(madeUpMessage({ some_field: field }));

    expect(compile).toThrow(UnsupportedRuleError);
    expect(compile).toThrow(`the rule ${rule} on test.Message.some_field`);
  });
});
