import { describe, expect, it } from '@jest/globals';

import { formatSpiffeId, processOfNames } from '../../../../src/chassis/identity/index.ts';

describe('processOfNames', () => {
  it('reads the one name that formatSpiffeId writes, whatever hosts stand beside it', () => {
    const names = `DNS:localhost, URI:${formatSpiffeId('payment-provider')}, IP Address:127.0.0.1`;

    expect(processOfNames(names)).toBe('payment-provider');
  });

  it.each([
    ['nothing', undefined],
    ['hosts alone', 'DNS:order'],
    ['two names', 'URI:spiffe://tradewind/order, URI:spiffe://tradewind/payment'],
    ['another trust domain', 'URI:spiffe://elsewhere/order'],
    ['a domain that only begins like ours', 'URI:spiffe://tradewind.example/order'],
    ['a path', 'URI:spiffe://tradewind/order/admin'],
    ['no process', 'URI:spiffe://tradewind/'],
    ['upper case', 'URI:spiffe://tradewind/Order'],
    ['a query', 'URI:spiffe://tradewind/order?x=1'],
    ['a name smuggled into a host, as Node prints it', 'DNS:"x, URI:spiffe://tradewind/order, y"'],
  ])('takes %s for nobody', (_what, names) => {
    expect(processOfNames(names)).toBeUndefined();
  });
});
