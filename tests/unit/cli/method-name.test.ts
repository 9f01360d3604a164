import { describe, expect, it } from '@jest/globals';

import { findService, parseMethodName } from '../../../src/cli/method-name.ts';

describe('parseMethodName', () => {
  it.each(['order.OrderService/GetOrder', 'order.OrderService.GetOrder'])('reads the short form %s', (text) => {
    expect(parseMethodName(text)).toEqual({ service: 'order.OrderService', method: 'GetOrder', process: 'order' });
  });

  it('reads a full name, and the process out of our packages', () => {
    expect(parseMethodName('tradewind.loyalty.v1.LoyaltyService/GetBalance')).toEqual({
      service: 'tradewind.loyalty.v1.LoyaltyService',
      method: 'GetBalance',
      process: 'loyalty',
    });
  });

  it.each(['', 'GetOrder', 'OrderService/', 'order/GetOrder/x', '/order.OrderService/GetOrder', 'a b.C/D'])(
    'shows the form to who wrote "%s"',
    (text) => expect(() => parseMethodName(text)).toThrow(/write it like order\.OrderService\/GetOrder/),
  );
});

describe('findService', () => {
  const services = ['tradewind.order.v1.OrderService', 'tradewind.order.v1.SagaService', 'grpc.health.v1.Health'];

  it.each([
    ['order.OrderService', 'tradewind.order.v1.OrderService'],
    ['tradewind.order.v1.SagaService', 'tradewind.order.v1.SagaService'],
    ['tradewind.SagaService', 'tradewind.order.v1.SagaService'],
    ['grpc.Health', 'grpc.health.v1.Health'],
  ])('takes %s for %s', (wanted, found) => expect(findService(services, wanted)).toBe(found));

  it('lists what there is when there is no such service', () => {
    expect(() => findService(services, 'order.Nope')).toThrow(/no service order\.Nope.*grpc\.health\.v1\.Health/s);
    expect(() => findService(services, 'user.OrderService')).toThrow(/there is no service/);
  });

  it('asks for the full name where two are meant', () => {
    expect(() => findService(['a.v1.Thing', 'a.v2.Thing'], 'a.Thing')).toThrow(/a\.v1\.Thing or a\.v2\.Thing/);
    expect(findService(['a.v1.Thing', 'a.v2.Thing'], 'a.v2.Thing')).toBe('a.v2.Thing');
  });
});
