import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { describe, expect, it } from '@jest/globals';

import { findProgram } from '../../../support/find-program.ts';
import { describeIf } from '../../../support/optional.ts';
import { failureOf, serve } from './serve.ts';

const run = promisify(execFile);
const root = new URL('../../../../', import.meta.url).pathname;
const buf = join(root, 'node_modules/.bin/buf');
const curl = async (address: string, ...args: string[]) => {
  const flags = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge'];
  // In an empty folder, so that buf has no schema but what the server reflects.
  const { stdout } = await run(buf, [...flags, ...args.map((arg) => arg.replace('ADDRESS', `http://${address}`))], {
    cwd: '/',
  });
  return stdout;
};

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';
const users = { user: { getUser: async () => ({ user: { id: ID, displayName: 'Ada' } }) } };

describe('createReflection', () => {
  it.each(['grpc-v1', 'grpc-v1alpha'])(
    'lets a foreign client list and call services over %s',
    async (version) => {
      await using serving = await serve(users);
      const reflect = ['--reflect-protocol', version];

      const listed = await curl(serving.address, ...reflect, 'ADDRESS', '--list-services');
      const method = 'ADDRESS/tradewind.user.v1.UserService/GetUser';
      const answer = await curl(serving.address, ...reflect, '-d', JSON.stringify({ user_id: ID }), method);

      expect(listed.trim().split('\n').sort()).toEqual([
        'grpc.health.v1.Health',
        'tradewind.shipping.v1.ShippingService',
        'tradewind.user.v1.UserService',
      ]);
      expect(JSON.parse(answer)).toEqual({ user: { id: ID, displayName: 'Ada' } });
    },
    60_000,
  );

  it('finds each file by a symbol and its imports by name, and says NOT_FOUND of others', async () => {
    await using serving = await serve();

    const [bySymbol, missing, imported] = await reflect(serving, [
      { file_containing_symbol: 'tradewind.user.v1.UserService.GetUser' },
      { file_by_filename: 'nowhere.proto' },
      { file_by_filename: 'google/protobuf/timestamp.proto' },
    ]);

    expect(bySymbol?.file_descriptor_response?.file_descriptor_proto).toHaveLength(1);
    expect(missing?.error_response?.error_code).toBe(5);
    expect(imported?.file_descriptor_response?.file_descriptor_proto).toHaveLength(1);
  });

  it('keeps answering other calls when it is asked nonsense', async () => {
    await using serving = await serve(users);

    const [answer] = await reflect(serving, [{}]);

    expect(answer?.error_response?.error_code).toBe(12);
    await expect(
      failureOf((onTrailer) => serving.users.getUser({ userId: 'x' }, { onTrailer })),
    ).resolves.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });
});

describeIf(findProgram('grpcurl') !== undefined, 'grpcurl', 'grpcurl', () => {
  it('lists, describes and calls without any file', async () => {
    await using serving = await serve(users);
    const grpcurl = async (...args: string[]) => (await run('grpcurl', ['-plaintext', ...args])).stdout;
    const service = 'tradewind.user.v1.UserService';

    expect(await grpcurl(serving.address, 'list')).toContain(service);
    expect(await grpcurl(serving.address, 'describe', service)).toContain('rpc GetUser');
    const answer = await grpcurl('-d', JSON.stringify({ user_id: ID }), serving.address, `${service}/GetUser`);
    expect(JSON.parse(answer)).toMatchObject({ user: { displayName: 'Ada' } });
  });
});

interface ReflectionStub {
  ServerReflectionInfo(): grpc.ClientDuplexStream<object, ReflectionResponse>;
}

interface ReflectionResponse {
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] };
  readonly error_response?: { readonly error_code: number };
}

/** Asks over a stub that grpc-js makes from a definition written here, not from ours. */
async function reflect({ address }: { address: string }, questions: readonly object[]): Promise<ReflectionResponse[]> {
  const definition = loadSync(join(root, 'tests/component/chassis/server/reflection.proto'), { keepCase: true });
  const { grpc: loaded } = grpc.loadPackageDefinition(definition) as unknown as {
    grpc: { reflection: { v1: { ServerReflection: typeof grpc.Client } } };
  };
  const client = new loaded.reflection.v1.ServerReflection(address, grpc.credentials.createInsecure());
  const stream = (client as unknown as ReflectionStub).ServerReflectionInfo();
  for (const question of questions) stream.write(question);
  stream.end();
  const answers: ReflectionResponse[] = [];
  for await (const answer of stream) answers.push(answer as ReflectionResponse);
  client.close();
  return answers;
}
