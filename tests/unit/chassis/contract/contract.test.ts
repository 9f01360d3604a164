import { describe, expect, it } from '@jest/globals';

import { loadContract } from '../../../../src/chassis/contract/index.ts';

describe('loadContract', () => {
  it('says of each RPC who may call it, whether it may be repeated, and its routes', async () => {
    const contract = await loadContract();

    expect(contract.method('/tradewind.user.v1.UserService/UpdateUser')).toMatchObject({
      service: 'tradewind.user.v1.UserService',
      name: 'UpdateUser',
      access: 'user',
      idempotency: 'idempotent',
      requestStream: false,
      responseStream: false,
      http: [{ verb: 'PATCH', template: '/v1/users/{user.id}', body: 'user', responseBody: '' }],
    });
    expect(contract.method('/tradewind.user.v1.AuthService/SignIn')).toMatchObject({
      access: 'public',
      idempotency: 'unknown',
    });
    expect(contract.method('/tradewind.user.v1.UserService/ExportUsers')).toMatchObject({
      access: 'admin',
      responseStream: true,
      http: [],
    });
    expect(contract.method('/tradewind.user.v1.UserService/Nothing')).toBeUndefined();
  });

  it('takes an RPC without an access level for one of administrators', async () => {
    const contract = await loadContract();

    expect(contract.method('/grpc.health.v1.Health/Check')?.access).toBe('admin');
  });

  it('says what a server under overload refuses first, and what it never refuses', async () => {
    const contract = await loadContract();
    const priorityOf = (path: string) => contract.method(path)?.priority;

    expect(priorityOf('/tradewind.order.v1.OrderService/PlaceOrder')).toBe('critical');
    expect(priorityOf('/tradewind.order.v1.OrderService/GetOrder')).toBe('normal');
    expect(priorityOf('/tradewind.product.v1.ProductService/SearchProducts')).toBe('sheddable');
    expect(priorityOf('/tradewind.registry.v1.RegistryService/Heartbeat')).toBe('exempt');
    expect(priorityOf('/tradewind.transport.v1.TransportService/Exchange')).toBe('exempt');
  });

  it('keeps comments only when asked', async () => {
    const [plain, documented] = await Promise.all([loadContract(), loadContract({ comments: true })]);

    const commentsOf = (contract: typeof plain) =>
      contract.method('/tradewind.user.v1.UserService/GetUser')?.input.file.proto.sourceCodeInfo?.location ?? [];

    expect(commentsOf(plain)).toEqual([]);
    expect(commentsOf(documented).map((location) => location.leadingComments)).toContain(' Names an account.\n');
  });
});
