import { connect } from 'node:http2';

import { describe, expect, it } from '@jest/globals';

import { serve } from './serve.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const users = { user: { getUser: async () => ({ user: { id: ID } }) } };

/**
 * Sends these bytes as the one message of a call, over bare HTTP/2; resolves to gRPC's status and message. A list is so
 * many messages; undefined: the request is left open.
 */
function send(
  address: string,
  message: Buffer | readonly Buffer[] | undefined,
  headers: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${address}`);
    session.on('error', reject);
    const request = session.request({
      ':method': 'POST',
      ':path': '/tradewind.user.v1.UserService/GetUser',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const statusOf = (from: Record<string, unknown>) => {
      if (from['grpc-status'] === undefined) return;
      session.close();
      request.close(); // one that was left open too
      resolve(`${String(from['grpc-status'])} ${decodeURIComponent(String(from['grpc-message'] ?? ''))}`.trim());
    };
    request.on('response', statusOf).on('trailers', statusOf).on('error', reject).resume();
    if (message === undefined) return;
    request.end(Buffer.concat((Array.isArray(message) ? message : [message]).map(framed)));
  });
}

function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

const text = (bytes: Buffer) => Buffer.concat([Buffer.from([0x0a, bytes.length]), bytes]);

describe('createServer', () => {
  it('serves a call made by hand', async () => {
    await using serving = await serve(users);

    await expect(send(serving.address, text(Buffer.from(ID)))).resolves.toBe('0 OK');
  });

  it.each([
    ['a time-out of nine digits', { 'grpc-timeout': '123456789m' }],
    ['a time-out without a unit', { 'grpc-timeout': '10' }],
    ['a binary header that is no base64', { 'x-data-bin': 'a%b' }],
    ['status details that are no base64', { 'grpc-status-details-bin': '*' }],
  ])('refuses %s as INVALID_ARGUMENT', async (_what, headers) => {
    await using serving = await serve(users);

    await expect(send(serving.address, text(Buffer.from(ID)), headers)).resolves.toMatch(
      /^3 the header .* is malformed$/,
    );
  });

  it('accepts headers that obey, and one that claims to be ours', async () => {
    await using serving = await serve(users);
    const headers = { 'grpc-timeout': '99999999m', 'x-data-bin': 'AAE=,AAE', 'x-tradewind-internal-malformed': 'x' };

    await expect(send(serving.address, text(Buffer.from(ID)), headers)).resolves.toBe('0 OK');
  });

  it('ends a call at its deadline whose request never comes', async () => {
    await using serving = await serve(users);

    await expect(send(serving.address, undefined, { 'grpc-timeout': '50m' })).resolves.toBe('4 Deadline exceeded');
  });

  it('refuses a call that ends without its request, and one that sends two', async () => {
    await using serving = await serve(users);
    const twice = text(Buffer.from(ID));

    await expect(send(serving.address, [])).resolves.toMatch(/^12 /);
    await expect(send(serving.address, [twice, twice])).resolves.toMatch(/^12 /);
    await expect(serving.users.getUser({ userId: ID })).resolves.toMatchObject({ user: { id: ID } });
  });

  it.each([
    ['text that is not UTF-8', text(Buffer.from([0xff, 0xfe, 0xfd]))],
    ['a field that is cut off', Buffer.from([0x0a, 0x7f, 0x41])],
    ['noise', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ])('refuses %s as INVALID_ARGUMENT, and lives', async (_what, message) => {
    await using serving = await serve(users);

    await expect(send(serving.address, message)).resolves.toMatch(/^3 the request is not a valid encoding/);
    await expect(serving.users.getUser({ userId: ID })).resolves.toMatchObject({ user: { id: ID } });
  });
});
