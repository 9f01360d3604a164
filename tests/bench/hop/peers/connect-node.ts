import { readFileSync } from 'node:fs';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

import { createFileRegistry, fromBinary, type DescService } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createClient } from '@connectrpc/connect';
import { Http2SessionManager, connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node';

import { GetUserResponse } from '../../../../gen/tradewind/user/v1/user.ts';
import type { Peer } from '../peer.ts';
import { ANSWER, QUESTION, QuestionServiceDefinition } from '../question.ts';

/** connect-es over the gRPC protocol, with its own message library, from the same contract. */
export const connectNode: Peer = {
  async serve() {
    const service = questionService();
    const answer = fromBinary(service.method['getUser']!.output, GetUserResponse.encode(ANSWER).finish());
    const routes = (router: { service(description: DescService, implementation: object): void }) =>
      router.service(service, { getUser: () => answer });
    const server = createServer(connectNodeAdapter({ routes }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // of a listening TCP server
    return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
  },

  async connect(address) {
    const baseUrl = `http://${address}`;
    const sessionManager = new Http2SessionManager(baseUrl);
    const client = createClient(questionService(), createGrpcTransport({ baseUrl, sessionManager }));
    return {
      call: async () => (await client.getUser(QUESTION)).user.id,
      [Symbol.asyncDispose]: async () => sessionManager.abort(),
    };
  },
};

function questionService(): DescService {
  const bytes = readFileSync(new URL('../../../../gen/descriptors.binpb', import.meta.url));
  const service = createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes)).getService(
    QuestionServiceDefinition.fullName,
  );
  if (service === undefined) throw new Error(`the contract has no ${QuestionServiceDefinition.fullName}`);
  // Its methods by their names in code, as connect's own service descriptions have them.
  return { ...service, method: Object.fromEntries(service.methods.map((method) => [method.localName, method])) };
}
