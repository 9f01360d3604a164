import { describe, expect, it } from '@jest/globals';

import { createTradewind } from '../../../../src/client/index.ts';
import { testCertificates } from '../../../support/certificates.ts';
import { serveSecurely } from './secured.ts';

const ID = '01900000-0000-7000-8000-000000000001';

describe('createTradewind with certificates', () => {
  it('calls as who its certificate names, and whom its address was given for', async () => {
    await using certificates = await testCertificates();
    await using server = await serveSecurely(await certificates.identity('user'));
    const files = await certificates.write('operator');

    await using tradewind = await createTradewind({ addresses: { user: server.address } }, { certificates: files });
    await expect(tradewind.users.getUser({ userId: ID })).resolves.toMatchObject({ user: { id: ID } });

    await using misled = await createTradewind({ addresses: { order: server.address } }, { certificates: files });
    await expect(misled.orders.getOrder({ orderId: ID }, { timeoutMs: 2_000 })).rejects.toMatchObject({
      message: expect.stringContaining('its certificate names spiffe://tradewind/user, and spiffe://tradewind/order'),
    });
    expect(server.callers).toEqual(['operator']);
  });

  it('is not made with a file that is wrong, and names it', async () => {
    const certificates = { certificate: '/nowhere/c', key: '/nowhere/k', ca: '/nowhere/a' };

    await expect(createTradewind({ addresses: {} }, { certificates })).rejects.toThrow(/\/nowhere\/c: cannot be read/);
  });
});
