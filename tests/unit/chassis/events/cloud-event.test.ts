import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  AMQP_BINDING,
  NATS_BINDING,
  cloudEventOf,
  eventOfCloudEvent,
  fromCloudEventHeaders,
  fromCloudEventJson,
  partitionOf,
  toCloudEventHeaders,
  toCloudEventJson,
  type CarriedEvent,
} from '../../../../src/chassis/events/index.ts';

const SCHEMA = 'tradewind.order.v1.OrderConfirmed';
const CONFIRMED: CarriedEvent = {
  id: '01999999-0000-7000-8000-000000000001',
  source: 'order',
  type: 'order.confirmed',
  aggregateType: 'order',
  aggregateId: '0199',
  partition: partitionOf('order', '0199'),
  sequence: 2n,
  position: 40n,
  time: new Date('2026-03-01T12:00:00.250Z'),
  data: '{"order_id": "0199"}',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,12}$/);
const anyEvent: fc.Arbitrary<CarriedEvent> = fc
  .record({
    id: fc.uuid(),
    source: word,
    type: fc.tuple(word, word).map((parts) => parts.join('.')),
    aggregateType: word,
    aggregateId: fc.string({ minLength: 1, unit: 'grapheme' }),
    sequence: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
    position: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
    time: fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
    data: fc.jsonValue().map((value) => JSON.stringify(value)),
    traceparent: fc.option(fc.constant(CONFIRMED.traceparent), { nil: undefined }),
  })
  .map((event) => ({ ...event, partition: partitionOf(event.aggregateType, event.aggregateId) }));
const anySchema = fc.constantFrom(SCHEMA, undefined);

describe('cloudEventOf', () => {
  it('says what the specification wants, in text', () => {
    expect(cloudEventOf(CONFIRMED, SCHEMA)).toEqual({
      specversion: '1.0',
      id: '01999999-0000-7000-8000-000000000001',
      source: '/tradewind/order',
      type: 'tradewind.order.confirmed.v1',
      subject: 'order/0199',
      time: '2026-03-01T12:00:00.250Z',
      datacontenttype: 'application/json',
      dataschema: 'proto:tradewind.order.v1.OrderConfirmed',
      sequence: '0000000000000000002',
      position: '0000000000000000040',
      partitionkey: 'order/0199',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
  });

  it('has names that the specification allows, no empty value, and numbers that sort as text', () => {
    const property = fc.property(anyEvent, anyEvent, anySchema, (left, right, schema) => {
      for (const [name, value] of Object.entries(cloudEventOf(left, schema))) {
        expect(name).toMatch(/^[a-z0-9]{1,20}$/);
        expect(value).not.toBe('');
      }
      const [before, after] = [left, right].map((event) => cloudEventOf(event).sequence) as [string, string];
      expect(before < after).toBe(left.sequence < right.sequence);
    });
    fc.assert(property);
  });
});

describe('an event in structured mode', () => {
  it('is read as it was written', () => {
    const property = fc.property(anyEvent, anySchema, (event, schema) => {
      const { data, ...read } = fromCloudEventJson(toCloudEventJson(event, schema));
      expect({ ...read, data: JSON.parse(data) }).toEqual({ ...event, data: JSON.parse(event.data) });
    });
    fc.assert(property);
  });

  it('is one JSON object with the data in it', () => {
    const object = JSON.parse(toCloudEventJson(CONFIRMED, SCHEMA)) as Record<string, unknown>;
    expect(object).toEqual({ ...cloudEventOf(CONFIRMED, SCHEMA), data: { order_id: '0199' } });
  });

  it.each(['', 'x', '[]', 'null', '{}', '{"specversion":"1.0"}'])('is refused when it is %j', (text) => {
    expect(() => fromCloudEventJson(text)).toThrow(
      expect.objectContaining({ status: 'INVALID_ARGUMENT', reason: 'CLOUD_EVENT_INVALID' }),
    );
  });
});

describe.each([
  ['NATS', NATS_BINDING, 'ce-'],
  ['AMQP', AMQP_BINDING, 'cloudEvents:'],
])('an event in the headers of %s', (_broker, binding, prefix) => {
  it('is read as it was written, whatever other headers there are', () => {
    const property = fc.property(anyEvent, anySchema, (event, schema) => {
      const headers = { ...toCloudEventHeaders(event, { binding, schema }), 'Nats-Msg-Id': 'theirs', other: 1 };
      expect(fromCloudEventHeaders(headers, event.data, binding)).toEqual(event);
    });
    fc.assert(property);
  });

  it('has every attribute under the prefix of the binding', () => {
    const headers = toCloudEventHeaders(CONFIRMED, { binding, schema: SCHEMA });
    const names = Object.keys(cloudEventOf(CONFIRMED, SCHEMA)).filter((name) => !binding.elsewhere.includes(name));
    expect(Object.keys(headers)).toEqual(names.map((name) => `${prefix}${name}`));
  });
});

describe('NATS_BINDING', () => {
  it('writes printable ASCII alone, as the example of the binding has it', () => {
    expect(NATS_BINDING.write('Euro € 😀')).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80');
    const property = fc.property(anyEvent, (event) => {
      for (const value of Object.values(toCloudEventHeaders(event, { binding: NATS_BINDING }))) {
        expect(value).toMatch(/^[\x21-\x7e]+$/);
      }
    });
    fc.assert(property);
  });

  it('refuses bytes that are no UTF-8, by the name of their attribute', () => {
    const headers = { ...toCloudEventHeaders(CONFIRMED, { binding: NATS_BINDING }), 'ce-subject': 'order/%C0%A0' };
    expect(() => fromCloudEventHeaders(headers, '{}', NATS_BINDING)).toThrow(
      expect.objectContaining({
        reason: 'CLOUD_EVENT_INVALID',
        details: [expect.objectContaining({ violations: [expect.objectContaining({ field: 'subject' })] })],
      }),
    );
  });
});

describe('eventOfCloudEvent', () => {
  it.each([
    ['specversion', '0.3'],
    ['id', ''],
    ['source', 'https://elsewhere.example'],
    ['type', 'com.example.event'],
    ['subject', 'order'],
    ['time', 'yesterday'],
    ['time', '2026-99-01T00:00:00Z'],
    ['datacontenttype', 'text/xml'],
    ['sequence', '-1'],
    ['position', undefined],
    ['traceparent', 'a b'],
  ])('refuses another %s: %j', (name, value) => {
    const attributes = { ...cloudEventOf(CONFIRMED, SCHEMA), [name]: value };
    expect(() => eventOfCloudEvent(attributes, '{}')).toThrow(
      expect.objectContaining({
        reason: 'CLOUD_EVENT_INVALID',
        details: [expect.objectContaining({ violations: [expect.objectContaining({ field: name })] })],
      }),
    );
  });

  it('passes over attributes it does not know, as of a later version of the suite', () => {
    const attributes = { ...cloudEventOf(CONFIRMED, SCHEMA), later: 'yes' };
    expect(eventOfCloudEvent(attributes, CONFIRMED.data)).toEqual(CONFIRMED);
  });
});
