import { describe, expect, it } from '@jest/globals';

import { OrderServiceDefinition } from '../../../../gen/tradewind/order/v1/order.ts';
import { AuthServiceDefinition, UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { loadContract } from '../../../../src/chassis/contract/index.ts';
import { compileRequests, createValidator } from '../../../../src/chassis/validation/index.ts';

const contract = await loadContract();
const rules = compileRequests(contract, contract.services, createValidator());
const check = (path: string, request: unknown) => rules.get(path)?.(request) ?? [];

const { createUser, updateUser, listUsers } = UserServiceDefinition.methods;
const address = { recipient: 'Ada', lines: ['Main St 1'], city: 'Berlin', postalCode: '10115', countryCode: 'DE' };

describe('compileRequests', () => {
  it('knows every rule of every contract', () => {
    expect(contract.services.length).toBeGreaterThan(10);
    expect(rules.size).toBeGreaterThan(40);
  });

  it('accepts a request that obeys', () => {
    const request = createUser.requestType.fromPartial({
      requestId: '018f6f3e-7a3c-7cc1-8000-000000000000',
      email: 'ada@example.com',
      password: 'correct horse',
      displayName: 'Ada',
      phone: '+4930123456',
      defaultAddress: address,
    });

    expect(check('/tradewind.user.v1.UserService/CreateUser', request)).toEqual([]);
  });

  it('tells everything that is wrong at once, by the paths of the contract', () => {
    const request = createUser.requestType.fromPartial({
      requestId: 'again',
      email: 'nobody',
      phone: '030',
      defaultAddress: { ...address, countryCode: 'Germany' },
    });

    const found = check('/tradewind.user.v1.UserService/CreateUser', request);

    expect(Object.fromEntries(found.map((violation) => [violation.field, violation.reason]))).toEqual({
      request_id: 'string.uuid',
      email: 'string.email',
      password: 'string.min_len',
      display_name: 'string.min_len',
      phone: 'string.pattern',
      'default_address.country_code': 'string.pattern',
    });
  });

  it('refuses an unknown enum value, a negative page size, and the absence of what is required', () => {
    const list = listUsers.requestType.fromPartial({ pageSize: -1, state: 99 as never });
    const update = updateUser.requestType.fromPartial({});

    expect(check('/tradewind.user.v1.UserService/ListUsers', list).map((v) => v.field)).toEqual(['page_size', 'state']);
    expect(check('/tradewind.user.v1.UserService/UpdateUser', update).map((v) => v.field)).toEqual(['user']);
  });

  it('names the line of an order that is wrong', () => {
    const request = OrderServiceDefinition.methods.placeOrder.requestType.fromPartial({ lines: [{ quantity: 0 }] });

    const fields = check('/tradewind.order.v1.OrderService/PlaceOrder', request).map((v) => v.field);

    expect(fields).toEqual(expect.arrayContaining([expect.stringMatching(/^lines\[0\]\./)]));
  });

  it("reads the same names as the generated messages, for every field of every request's type", () => {
    const wrong = [UserServiceDefinition, AuthServiceDefinition, OrderServiceDefinition].flatMap((service) =>
      Object.values(service.methods).flatMap((method) => {
        const type = contract.method(`/${service.fullName}/${method.name}`)?.input;
        const generated = Object.keys(method.requestType.fromPartial({}));
        return (type?.members ?? [])
          .map((member) => member.localName)
          .filter((name) => !generated.includes(name))
          .map((name) => `${type?.typeName}.${name}`);
      }),
    );

    expect(wrong).toEqual([]);
  });
});
